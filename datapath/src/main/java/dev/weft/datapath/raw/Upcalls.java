package dev.weft.datapath.raw;

import static dev.weft.datapath.raw.Natives.INT;
import static dev.weft.datapath.raw.Natives.LONG;
import static dev.weft.datapath.raw.Natives.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** C function pointers that call Java. What they call must not throw: that would end the JVM. */
@SuppressWarnings("restricted") // binding C is what this class is for
public final class Upcalls {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private Upcalls() {}

  /** {@code libbpf_print_fn_t}. */
  @FunctionalInterface
  public interface Print {
    /** Takes a message; the last argument is a va_list. */
    int print(int level, MemorySegment format, MemorySegment arguments);
  }

  /** {@code ring_buffer_sample_fn}. */
  @FunctionalInterface
  public interface Sample {
    /** Takes a record; a negative answer ends the poll. */
    int sample(MemorySegment context, MemorySegment data, long size);
  }

  /** A pointer to a print function, valid as long as the arena. */
  public static MemorySegment print(Print target, Arena arena) {
    return stub(
        Print.class,
        "print",
        MethodType.methodType(int.class, int.class, MemorySegment.class, MemorySegment.class),
        target,
        FunctionDescriptor.of(INT, INT, POINTER, POINTER),
        arena);
  }

  /** A pointer to a sample function, valid as long as the arena. */
  public static MemorySegment sample(Sample target, Arena arena) {
    return stub(
        Sample.class,
        "sample",
        MethodType.methodType(int.class, MemorySegment.class, MemorySegment.class, long.class),
        target,
        FunctionDescriptor.of(INT, POINTER, POINTER, LONG),
        arena);
  }

  private static MemorySegment stub(
      Class<?> type,
      String method,
      MethodType signature,
      Object target,
      FunctionDescriptor descriptor,
      Arena arena) {
    try {
      MethodHandle handle = LOOKUP.findVirtual(type, method, signature).bindTo(target);
      return Natives.linker().upcallStub(handle, descriptor, arena);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the interface is in this file", e);
    }
  }
}
