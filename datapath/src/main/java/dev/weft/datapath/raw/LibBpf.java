package dev.weft.datapath.raw;

import static dev.weft.datapath.raw.Natives.INT;
import static dev.weft.datapath.raw.Natives.LONG;
import static dev.weft.datapath.raw.Natives.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * libbpf, 1.1 or newer: what {@code libbpf.h} declares, objects and their parts, ring buffers, and
 * the library itself. Functions bind at their first use. The system calls are in {@link BpfCalls}.
 *
 * <p>A first argument {@code errno} is memory of the layout {@link Natives#ERRNO}.
 */
@SuppressWarnings({"MemberName", "restricted"}) // the C names, and loading the library
public final class LibBpf {
  static final SymbolLookup LIBRARY = open();

  private LibBpf() {}

  private static SymbolLookup open() {
    try {
      return SymbolLookup.libraryLookup("libbpf.so.1", Arena.global());
    } catch (IllegalArgumentException e) {
      UnsatisfiedLinkError error =
          new UnsatisfiedLinkError(
              "libbpf.so.1 is missing: install libbpf 1.1 or newer (Debian: libbpf1)");
      error.initCause(e);
      throw error;
    }
  }

  private static final class bpf_object__open_mem {
    static final MethodHandle HANDLE =
        Natives.bindErrno(
            LIBRARY,
            "bpf_object__open_mem",
            FunctionDescriptor.of(POINTER, POINTER, LONG, POINTER));
  }

  /** Parses an ELF object; NULL and errno on failure. */
  public static MemorySegment bpf_object__open_mem(
      MemorySegment errno, MemorySegment bytes, long size, MemorySegment opts) {
    try {
      return (MemorySegment) bpf_object__open_mem.HANDLE.invokeExact(errno, bytes, size, opts);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_object__load {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "bpf_object__load", FunctionDescriptor.of(INT, POINTER));
  }

  /** Creates maps and loads programs. */
  public static int bpf_object__load(MemorySegment object) {
    try {
      return (int) bpf_object__load.HANDLE.invokeExact(object);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_object__pin_programs {
    static final MethodHandle HANDLE =
        Natives.bind(
            LIBRARY, "bpf_object__pin_programs", FunctionDescriptor.of(INT, POINTER, POINTER));
  }

  /** Pins all programs of a loaded object in a directory, by their names. */
  public static int bpf_object__pin_programs(MemorySegment object, MemorySegment path) {
    try {
      return (int) bpf_object__pin_programs.HANDLE.invokeExact(object, path);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_object__close {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "bpf_object__close", FunctionDescriptor.ofVoid(POINTER));
  }

  /** Frees an object and closes its descriptors. */
  public static void bpf_object__close(MemorySegment object) {
    try {
      bpf_object__close.HANDLE.invokeExact(object);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_object__find_program_by_name {
    static final MethodHandle HANDLE =
        Natives.bind(
            LIBRARY,
            "bpf_object__find_program_by_name",
            FunctionDescriptor.of(POINTER, POINTER, POINTER));
  }

  /** NULL when there is none. */
  public static MemorySegment bpf_object__find_program_by_name(
      MemorySegment object, MemorySegment name) {
    try {
      return (MemorySegment) bpf_object__find_program_by_name.HANDLE.invokeExact(object, name);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_object__find_map_by_name {
    static final MethodHandle HANDLE =
        Natives.bind(
            LIBRARY,
            "bpf_object__find_map_by_name",
            FunctionDescriptor.of(POINTER, POINTER, POINTER));
  }

  /** NULL when there is none. */
  public static MemorySegment bpf_object__find_map_by_name(
      MemorySegment object, MemorySegment name) {
    try {
      return (MemorySegment) bpf_object__find_map_by_name.HANDLE.invokeExact(object, name);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_program__fd {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "bpf_program__fd", FunctionDescriptor.of(INT, POINTER));
  }

  /** Descriptor of a loaded program. */
  public static int bpf_program__fd(MemorySegment program) {
    try {
      return (int) bpf_program__fd.HANDLE.invokeExact(program);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map__fd {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "bpf_map__fd", FunctionDescriptor.of(INT, POINTER));
  }

  /** Descriptor of a created map. */
  public static int bpf_map__fd(MemorySegment map) {
    try {
      return (int) bpf_map__fd.HANDLE.invokeExact(map);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map__set_pin_path {
    static final MethodHandle HANDLE =
        Natives.bind(
            LIBRARY, "bpf_map__set_pin_path", FunctionDescriptor.of(INT, POINTER, POINTER));
  }

  /** Where loading pins the map, or adopts the one that is pinned. */
  public static int bpf_map__set_pin_path(MemorySegment map, MemorySegment path) {
    try {
      return (int) bpf_map__set_pin_path.HANDLE.invokeExact(map, path);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map__set_initial_value {
    static final MethodHandle HANDLE =
        Natives.bind(
            LIBRARY,
            "bpf_map__set_initial_value",
            FunctionDescriptor.of(INT, POINTER, POINTER, LONG));
  }

  /** Content of a data section; before loading. */
  public static int bpf_map__set_initial_value(MemorySegment map, MemorySegment data, long size) {
    try {
      return (int) bpf_map__set_initial_value.HANDLE.invokeExact(map, data, size);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map__initial_value {
    static final MethodHandle HANDLE =
        Natives.bind(
            LIBRARY, "bpf_map__initial_value", FunctionDescriptor.of(POINTER, POINTER, POINTER));
  }

  /** Content of a data section, and its size. */
  public static MemorySegment bpf_map__initial_value(MemorySegment map, MemorySegment size) {
    try {
      return (MemorySegment) bpf_map__initial_value.HANDLE.invokeExact(map, size);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class ring_buffer__new {
    static final MethodHandle HANDLE =
        Natives.bindErrno(
            LIBRARY,
            "ring_buffer__new",
            FunctionDescriptor.of(POINTER, INT, POINTER, POINTER, POINTER));
  }

  /** Reader of a ring buffer; NULL and errno on failure. */
  public static MemorySegment ring_buffer__new(
      MemorySegment errno,
      int map,
      MemorySegment callback,
      MemorySegment context,
      MemorySegment opts) {
    try {
      return (MemorySegment)
          ring_buffer__new.HANDLE.invokeExact(errno, map, callback, context, opts);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class ring_buffer__poll {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "ring_buffer__poll", FunctionDescriptor.of(INT, POINTER, INT));
  }

  /** Waits, then calls back for every record; number of records. */
  public static int ring_buffer__poll(MemorySegment reader, int millis) {
    try {
      return (int) ring_buffer__poll.HANDLE.invokeExact(reader, millis);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class ring_buffer__free {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "ring_buffer__free", FunctionDescriptor.ofVoid(POINTER));
  }

  /** Ends a reader. */
  public static void ring_buffer__free(MemorySegment reader) {
    try {
      ring_buffer__free.HANDLE.invokeExact(reader);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class libbpf_num_possible_cpus {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "libbpf_num_possible_cpus", FunctionDescriptor.of(INT));
  }

  /** Number of values an entry of a per-CPU map has. */
  public static int libbpf_num_possible_cpus() {
    try {
      return (int) libbpf_num_possible_cpus.HANDLE.invokeExact();
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class libbpf_major_version {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "libbpf_major_version", FunctionDescriptor.of(INT));
  }

  /** First part of the version. */
  public static int libbpf_major_version() {
    try {
      return (int) libbpf_major_version.HANDLE.invokeExact();
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class libbpf_minor_version {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "libbpf_minor_version", FunctionDescriptor.of(INT));
  }

  /** Second part of the version. */
  public static int libbpf_minor_version() {
    try {
      return (int) libbpf_minor_version.HANDLE.invokeExact();
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class libbpf_set_print {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "libbpf_set_print", FunctionDescriptor.of(POINTER, POINTER));
  }

  /** Where libbpf's messages go; the former place. */
  public static MemorySegment libbpf_set_print(MemorySegment callback) {
    try {
      return (MemorySegment) libbpf_set_print.HANDLE.invokeExact(callback);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class libbpf_strerror {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "libbpf_strerror", FunctionDescriptor.of(INT, INT, POINTER, LONG));
  }

  /** Text for an errno or one of libbpf's own numbers. */
  public static int libbpf_strerror(int error, MemorySegment buffer, long size) {
    try {
      return (int) libbpf_strerror.HANDLE.invokeExact(error, buffer, size);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }
}
