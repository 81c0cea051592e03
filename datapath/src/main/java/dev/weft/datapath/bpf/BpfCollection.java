package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.LibBpf;
import dev.weft.datapath.raw.Natives;
import dev.weft.datapath.raw.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The maps and programs of one object file, in the kernel. Closing it closes descriptors; what is
 * pinned or attached goes on. Owned by whoever loaded it, one thread at a time.
 */
public final class BpfCollection implements AutoCloseable {
  /** Enough for the end of a verifier log, which is the part that says what is wrong. */
  private static final int LOG_BYTES = 1 << 20;

  private static final int LOG_LINES = 40;

  private final MemorySegment object;
  private boolean closed;

  private BpfCollection(MemorySegment object) {
    this.object = object;
  }

  /**
   * Loads an object file.
   *
   * @param elf bytes of the object file
   * @param readOnlyData content of its .rodata section
   * @param pins where maps are pinned, by their names; those that are there already are adopted
   * @throws BpfException with the verifier's last words when the kernel refuses a program
   */
  public static BpfCollection load(byte[] elf, byte[] readOnlyData, Map<String, Path> pins) {
    if (LibBpf.libbpf_major_version() == 1 && LibBpf.libbpf_minor_version() < 1) {
      throw new BpfException("libbpf 1.1 or newer is needed, this is 1.0", BpfException.EINVAL);
    }
    LibBpfLog.install();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment log = arena.allocate(LOG_BYTES);
      BpfCollection collection = new BpfCollection(open(arena, elf, log));
      try {
        collection.prepare(arena, readOnlyData, pins);
        int result = LibBpf.bpf_object__load(collection.object);
        if (result < 0) {
          throw new BpfException(
              "loading the eBPF programs", -result, advice(-result) + tail(log.getString(0)));
        }
        return collection;
      } catch (BpfException e) {
        collection.close();
        throw e;
      }
    }
  }

  private static MemorySegment open(Arena arena, byte[] elf, MemorySegment log) {
    MemorySegment opts = arena.allocate(Structs.ObjectOpenOpts.SIZE, 8);
    opts.set(ValueLayout.JAVA_LONG, 0, Structs.ObjectOpenOpts.SIZE);
    opts.set(ValueLayout.ADDRESS, Structs.ObjectOpenOpts.OBJECT_NAME, arena.allocateFrom("weft"));
    opts.set(ValueLayout.ADDRESS, Structs.ObjectOpenOpts.KERNEL_LOG_BUF, log);
    opts.set(ValueLayout.JAVA_LONG, Structs.ObjectOpenOpts.KERNEL_LOG_SIZE, log.byteSize());
    MemorySegment errno = arena.allocate(Natives.ERRNO);
    MemorySegment object =
        LibBpf.bpf_object__open_mem(
            errno, arena.allocateFrom(ValueLayout.JAVA_BYTE, elf), elf.length, opts);
    if (object.address() == 0) {
      throw new BpfException("reading the eBPF object file", Natives.errno(errno));
    }
    return object;
  }

  private void prepare(Arena arena, byte[] readOnlyData, Map<String, Path> pins) {
    pins.forEach(
        (name, pin) ->
            BpfException.check(
                LibBpf.bpf_map__set_pin_path(
                    findMap(arena, name), arena.allocateFrom(pin.toString())),
                "map " + name + ": naming its pin"));
    BpfException.check(
        LibBpf.bpf_map__set_initial_value(
            findMap(arena, ".rodata"),
            arena.allocateFrom(ValueLayout.JAVA_BYTE, readOnlyData),
            readOnlyData.length),
        "setting the programs' constants");
  }

  /** A map by its name in the C source. */
  public BpfMap map(String name) {
    requireOpen();
    try (Arena arena = Arena.ofConfined()) {
      return BpfMap.of(name, LibBpf.bpf_map__fd(findMap(arena, name)));
    }
  }

  /** A program by its function's name. */
  public BpfProgram program(String name) {
    requireOpen();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program =
          LibBpf.bpf_object__find_program_by_name(object, arena.allocateFrom(name));
      if (program.address() == 0) {
        throw new BpfException("the object file has no program " + name, BpfException.ENOENT);
      }
      return new BpfProgram(name, LibBpf.bpf_program__fd(program));
    }
  }

  private MemorySegment findMap(Arena arena, String name) {
    MemorySegment map = LibBpf.bpf_object__find_map_by_name(object, arena.allocateFrom(name));
    if (map.address() == 0) {
      throw new BpfException("the object file has no map " + name, BpfException.ENOENT);
    }
    return map;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LibBpf.bpf_object__close(object);
    }
  }

  /**
   * Makes sure that descriptors are still good: a closed one may be somebody else's by now, and
   * libbpf's memory is gone.
   *
   * @throws IllegalStateException after {@link #close}
   */
  public void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the eBPF objects are closed");
    }
  }

  private static String advice(int errno) {
    return errno == BpfException.EINVAL
        ? "A pinned map of another shape? Then unmount the pin directory while no traffic matters.\n"
        : "";
  }

  private static String tail(String log) {
    List<String> lines = log.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }
}
