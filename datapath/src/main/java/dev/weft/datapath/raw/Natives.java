package dev.weft.datapath.raw;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** Binds C functions; errno is captured where a call says so. */
@SuppressWarnings("restricted") // binding C is what this class is for
public final class Natives {
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

  /** Memory for errno, first argument of functions that capture it. */
  public static final MemoryLayout ERRNO = Linker.Option.captureStateLayout();

  private static final VarHandle ERRNO_VALUE =
      ERRNO.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private Natives() {}

  /** The errno that a capturing call left; only meaningful when that call failed. */
  public static int errno(MemorySegment captured) {
    return (int) ERRNO_VALUE.get(captured, 0L);
  }

  static MethodHandle bind(SymbolLookup library, String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(find(library, name), type);
  }

  static MethodHandle bindErrno(SymbolLookup library, String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(find(library, name), type, CAPTURE);
  }

  static MethodHandle bindVariadic(
      SymbolLookup library, String name, FunctionDescriptor type, int firstVariadic) {
    return LINKER.downcallHandle(
        find(library, name), type, CAPTURE, Linker.Option.firstVariadicArg(firstVariadic));
  }

  static Linker linker() {
    return LINKER;
  }

  private static MemorySegment find(SymbolLookup library, String name) {
    return library
        .find(name)
        .orElseThrow(
            () ->
                new UnsatisfiedLinkError(
                    name + " is missing: libbpf 1.1 or newer is needed (Debian: libbpf1)"));
  }

  /** What a method handle must never throw: these are C functions. */
  static AssertionError impossible(Throwable thrown) {
    return new AssertionError("a C function cannot throw", thrown);
  }
}
