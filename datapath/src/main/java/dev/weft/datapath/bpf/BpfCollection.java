package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.BpfCalls;
import dev.weft.datapath.raw.LibBpf;
import dev.weft.datapath.raw.LibC;
import dev.weft.datapath.raw.Natives;
import dev.weft.datapath.raw.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The maps and programs of one object file, in the kernel: loaded from there, or found where they
 * were pinned. Closing it closes descriptors; what is pinned or attached goes on. Owned by whoever
 * opened it, one thread at a time.
 */
public final class BpfCollection implements AutoCloseable {
  /** Enough for the end of a verifier log, which is the part that says what is wrong. */
  private static final int LOG_BYTES = 1 << 20;

  private static final int LOG_LINES = 40;

  private final Source source;
  private boolean closed;

  private BpfCollection(Source source) {
    this.source = source;
  }

  /** Where descriptors come from, and what else is to be freed with them. */
  private sealed interface Source {
    int map(String name);

    int program(String name);

    void close();
  }

  /** libbpf's. */
  private record Loaded(MemorySegment object) implements Source {
    @Override
    public int map(String name) {
      try (Arena arena = Arena.ofConfined()) {
        return LibBpf.bpf_map__fd(findMap(arena, name));
      }
    }

    @Override
    public int program(String name) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment program =
            LibBpf.bpf_object__find_program_by_name(object, arena.allocateFrom(name));
        if (program.address() == 0) {
          throw new BpfException("the object file has no program " + name, BpfException.ENOENT);
        }
        return LibBpf.bpf_program__fd(program);
      }
    }

    MemorySegment findMap(Arena arena, String name) {
      MemorySegment map = LibBpf.bpf_object__find_map_by_name(object, arena.allocateFrom(name));
      if (map.address() == 0) {
        throw new BpfException("the object file has no map " + name, BpfException.ENOENT);
      }
      return map;
    }

    @Override
    public void close() {
      LibBpf.bpf_object__close(object);
    }
  }

  /** An earlier process's, opened when asked for. */
  private record Pinned(Path programs, Map<String, Path> maps, Map<Path, Integer> open)
      implements Source {
    @Override
    public int map(String name) {
      Path pin = maps.get(name);
      if (pin == null) {
        throw new BpfException("no pin is known of map " + name, BpfException.ENOENT);
      }
      return open.computeIfAbsent(pin, Pinned::get);
    }

    @Override
    public int program(String name) {
      return open.computeIfAbsent(programs.resolve(name), Pinned::get);
    }

    private static int get(Path pin) {
      try (Arena arena = Arena.ofConfined()) {
        return BpfException.check(
            BpfCalls.bpf_obj_get(arena.allocateFrom(pin.toString())), "opening the pin " + pin);
      }
    }

    @Override
    public void close() {
      open.values().forEach(LibC::close);
    }
  }

  /**
   * Finds what an earlier process loaded and pinned: nothing is read, verified or linked.
   *
   * @param programs where {@link #pin} put the programs
   * @param maps where maps are pinned, by their names
   */
  public static BpfCollection pinned(Path programs, Map<String, Path> maps) {
    return new BpfCollection(new Pinned(programs, Map.copyOf(maps), new HashMap<>()));
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
      Loaded loaded = new Loaded(open(arena, elf, log));
      try {
        prepare(loaded, arena, readOnlyData, pins);
        int result = LibBpf.bpf_object__load(loaded.object);
        if (result < 0) {
          throw new BpfException(
              "loading the eBPF programs", -result, advice(-result) + tail(log.getString(0)));
        }
        return new BpfCollection(loaded);
      } catch (BpfException e) {
        loaded.close();
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

  private static void prepare(
      Loaded loaded, Arena arena, byte[] readOnlyData, Map<String, Path> pins) {
    pins.forEach(
        (name, pin) ->
            BpfException.check(
                LibBpf.bpf_map__set_pin_path(
                    loaded.findMap(arena, name), arena.allocateFrom(pin.toString())),
                "map " + name + ": naming its pin"));
    BpfException.check(
        LibBpf.bpf_map__set_initial_value(
            loaded.findMap(arena, ".rodata"),
            arena.allocateFrom(ValueLayout.JAVA_BYTE, readOnlyData),
            readOnlyData.length),
        "setting the programs' constants");
  }

  /** Pins every program that was loaded, by its name, for {@link #pinned}. */
  public void pin(Path directory) {
    requireOpen();
    if (!(source instanceof Loaded loaded)) {
      throw new IllegalStateException("these programs are pinned");
    }
    try (Arena arena = Arena.ofConfined()) {
      BpfException.check(
          LibBpf.bpf_object__pin_programs(loaded.object, arena.allocateFrom(directory.toString())),
          "pinning the programs in " + directory);
    }
  }

  /** A map by its name in the C source. */
  public BpfMap map(String name) {
    requireOpen();
    return BpfMap.of(name, source.map(name));
  }

  /** A program by its function's name. */
  public BpfProgram program(String name) {
    requireOpen();
    return new BpfProgram(name, source.program(name));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      source.close();
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
