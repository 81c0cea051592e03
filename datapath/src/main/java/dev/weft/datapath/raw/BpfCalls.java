package dev.weft.datapath.raw;

import static dev.weft.datapath.raw.Natives.INT;
import static dev.weft.datapath.raw.Natives.LONG;
import static dev.weft.datapath.raw.Natives.POINTER;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The bpf system call by command, as libbpf's {@code bpf.h} declares it: maps, links, pins and test
 * runs, all by descriptor. Functions bind at their first use; a negative result is an errno.
 */
@SuppressWarnings("MemberName") // the C names
public final class BpfCalls {

  private BpfCalls() {}

  private static final class bpf_map_create {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY,
            "bpf_map_create",
            FunctionDescriptor.of(INT, INT, POINTER, INT, INT, INT, POINTER));
  }

  /** Makes a map. */
  public static int bpf_map_create(
      int type, MemorySegment name, int keySize, int valueSize, int entries, MemorySegment opts) {
    try {
      return (int) bpf_map_create.HANDLE.invokeExact(type, name, keySize, valueSize, entries, opts);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map_lookup_elem {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY,
            "bpf_map_lookup_elem",
            FunctionDescriptor.of(INT, INT, POINTER, POINTER));
  }

  /** Reads an entry. */
  public static int bpf_map_lookup_elem(int fd, MemorySegment key, MemorySegment value) {
    try {
      return (int) bpf_map_lookup_elem.HANDLE.invokeExact(fd, key, value);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map_update_elem {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY,
            "bpf_map_update_elem",
            FunctionDescriptor.of(INT, INT, POINTER, POINTER, LONG));
  }

  /** Writes an entry. */
  public static int bpf_map_update_elem(
      int fd, MemorySegment key, MemorySegment value, long flags) {
    try {
      return (int) bpf_map_update_elem.HANDLE.invokeExact(fd, key, value, flags);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map_delete_elem {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY, "bpf_map_delete_elem", FunctionDescriptor.of(INT, INT, POINTER));
  }

  /** Removes an entry. */
  public static int bpf_map_delete_elem(int fd, MemorySegment key) {
    try {
      return (int) bpf_map_delete_elem.HANDLE.invokeExact(fd, key);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map_get_next_key {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY,
            "bpf_map_get_next_key",
            FunctionDescriptor.of(INT, INT, POINTER, POINTER));
  }

  /** The key after this one; NULL asks for the first. */
  public static int bpf_map_get_next_key(int fd, MemorySegment key, MemorySegment next) {
    try {
      return (int) bpf_map_get_next_key.HANDLE.invokeExact(fd, key, next);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_map_update_batch {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY,
            "bpf_map_update_batch",
            FunctionDescriptor.of(INT, INT, POINTER, POINTER, POINTER, POINTER));
  }

  /** Writes many entries. */
  public static int bpf_map_update_batch(
      int fd, MemorySegment keys, MemorySegment values, MemorySegment count, MemorySegment opts) {
    try {
      return (int) bpf_map_update_batch.HANDLE.invokeExact(fd, keys, values, count, opts);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_link_create {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY, "bpf_link_create", FunctionDescriptor.of(INT, INT, INT, INT, POINTER));
  }

  /** Attaches a program; types newer than libbpf are passed on. */
  public static int bpf_link_create(int program, int target, int type, MemorySegment opts) {
    try {
      return (int) bpf_link_create.HANDLE.invokeExact(program, target, type, opts);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_link_update {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY, "bpf_link_update", FunctionDescriptor.of(INT, INT, INT, POINTER));
  }

  /** Swaps the program of a link. */
  public static int bpf_link_update(int link, int program, MemorySegment opts) {
    try {
      return (int) bpf_link_update.HANDLE.invokeExact(link, program, opts);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_obj_pin {
    static final MethodHandle HANDLE =
        Natives.bind(LibBpf.LIBRARY, "bpf_obj_pin", FunctionDescriptor.of(INT, INT, POINTER));
  }

  /** Gives a kernel object a name in a BPF file system. */
  public static int bpf_obj_pin(int fd, MemorySegment path) {
    try {
      return (int) bpf_obj_pin.HANDLE.invokeExact(fd, path);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_obj_get {
    static final MethodHandle HANDLE =
        Natives.bind(LibBpf.LIBRARY, "bpf_obj_get", FunctionDescriptor.of(INT, POINTER));
  }

  /** Opens a pinned object. */
  public static int bpf_obj_get(MemorySegment path) {
    try {
      return (int) bpf_obj_get.HANDLE.invokeExact(path);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_obj_get_info_by_fd {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY,
            "bpf_obj_get_info_by_fd",
            FunctionDescriptor.of(INT, INT, POINTER, POINTER));
  }

  /** Describes a kernel object. */
  public static int bpf_obj_get_info_by_fd(int fd, MemorySegment info, MemorySegment size) {
    try {
      return (int) bpf_obj_get_info_by_fd.HANDLE.invokeExact(fd, info, size);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class bpf_prog_test_run_opts {
    static final MethodHandle HANDLE =
        Natives.bind(
            LibBpf.LIBRARY, "bpf_prog_test_run_opts", FunctionDescriptor.of(INT, INT, POINTER));
  }

  /** Runs a program on a packet. */
  public static int bpf_prog_test_run_opts(int program, MemorySegment opts) {
    try {
      return (int) bpf_prog_test_run_opts.HANDLE.invokeExact(program, opts);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }
}
