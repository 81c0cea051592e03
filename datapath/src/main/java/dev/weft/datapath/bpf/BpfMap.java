package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.BpfCalls;
import dev.weft.datapath.raw.LibBpf;
import dev.weft.datapath.raw.LibC;
import dev.weft.datapath.raw.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map in the kernel. Keys and values are bytes as C lays them out. Safe for use by several
 * threads, as far as the kernel's map is.
 */
public final class BpfMap implements AutoCloseable {
  private static final int TYPE_ARRAY = 2;
  private static final int FLAG_INNER_MAP = 0x1000;

  private final String name;
  private final int fd;
  private final int keySize;
  private final int valueSize;
  private final int maxEntries;
  private final boolean owned;

  private BpfMap(String name, int fd, Shape shape, boolean owned) {
    this.name = name;
    this.fd = fd;
    this.keySize = shape.keySize;
    this.valueSize = shape.valueSize;
    this.maxEntries = shape.maxEntries;
    this.owned = owned;
  }

  private record Shape(int keySize, int valueSize, int maxEntries) {}

  /** A map whose descriptor belongs to somebody else, who closes it. */
  static BpfMap of(String name, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(Structs.MapInfo.SIZE, 8);
      MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, (int) info.byteSize());
      BpfException.check(
          BpfCalls.bpf_obj_get_info_by_fd(fd, info, size), "map " + name + ": reading its shape");
      return new BpfMap(
          name,
          fd,
          new Shape(
              info.get(ValueLayout.JAVA_INT, Structs.MapInfo.KEY_SIZE),
              info.get(ValueLayout.JAVA_INT, Structs.MapInfo.VALUE_SIZE),
              info.get(ValueLayout.JAVA_INT, Structs.MapInfo.MAX_ENTRIES)),
          false);
    }
  }

  /** A new array to be put into a map of maps, holding these values; close it after that. */
  public static BpfMap innerArray(String name, int valueSize, byte[] values) {
    int entries = values.length / valueSize;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment opts = arena.allocate(Structs.MapCreateOpts.SIZE, 8);
      opts.set(ValueLayout.JAVA_LONG, 0, Structs.MapCreateOpts.SIZE);
      opts.set(ValueLayout.JAVA_INT, Structs.MapCreateOpts.MAP_FLAGS, FLAG_INNER_MAP);
      int fd =
          BpfException.check(
              BpfCalls.bpf_map_create(
                  TYPE_ARRAY, arena.allocateFrom(name), Integer.BYTES, valueSize, entries, opts),
              "making the table " + name);
      BpfMap map = new BpfMap(name, fd, new Shape(Integer.BYTES, valueSize, entries), true);
      try {
        map.fill(arena, values, entries);
        return map;
      } catch (BpfException e) {
        map.close();
        throw e;
      }
    }
  }

  private void fill(Arena arena, byte[] values, int entries) {
    MemorySegment keys = arena.allocate(ValueLayout.JAVA_INT, entries);
    for (int i = 0; i < entries; i++) {
      keys.setAtIndex(ValueLayout.JAVA_INT, i, i);
    }
    putAll(arena, keys, bytes(arena, values), entries);
  }

  /**
   * Writes entries with one call. Those before one that fails are written.
   *
   * @param values as many as keys
   */
  public void putAll(List<byte[]> keys, List<byte[]> values) {
    if (keys.isEmpty()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      putAll(
          arena,
          concatenation(arena, keys, keySize),
          concatenation(arena, values, valueSize),
          keys.size());
    }
  }

  private static MemorySegment concatenation(Arena arena, List<byte[]> items, int size) {
    MemorySegment all = arena.allocate((long) items.size() * size, 8);
    long offset = 0;
    for (byte[] item : items) {
      MemorySegment.copy(item, 0, all, ValueLayout.JAVA_BYTE, offset, size);
      offset += size;
    }
    return all;
  }

  private void putAll(Arena arena, MemorySegment keys, MemorySegment values, int entries) {
    MemorySegment opts = arena.allocate(Structs.MapBatchOpts.SIZE, 8);
    opts.set(ValueLayout.JAVA_LONG, 0, Structs.MapBatchOpts.SIZE);
    MemorySegment count = arena.allocateFrom(ValueLayout.JAVA_INT, entries);
    BpfException.check(
        BpfCalls.bpf_map_update_batch(fd, keys, values, count, opts),
        "map " + name + " (room for " + maxEntries + "): writing " + entries + " entries");
  }

  /** The map's name in the C source. */
  public String name() {
    return name;
  }

  /** Length of a key in bytes. */
  public int keySize() {
    return keySize;
  }

  /** Length of a value in bytes; of one CPU's value for a per-CPU map. */
  public int valueSize() {
    return valueSize;
  }

  /** How many entries fit. */
  public int maxEntries() {
    return maxEntries;
  }

  /** The descriptor, as value for a map of maps. */
  public int fd() {
    return fd;
  }

  /** The value of a key, or null. */
  public byte @Nullable [] get(byte[] key) {
    return lookup(key, valueSize);
  }

  /** The values of a key of a per-CPU map, one after the other, each padded to eight bytes. */
  public byte @Nullable [] getPerCpu(byte[] key) {
    int cpus = BpfException.check(LibBpf.libbpf_num_possible_cpus(), "counting the possible CPUs");
    return lookup(key, cpus * ((valueSize + 7) & ~7));
  }

  private byte @Nullable [] lookup(byte[] key, int size) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(size, 8);
      int result = BpfCalls.bpf_map_lookup_elem(fd, bytes(arena, key), value);
      if (result == -BpfException.ENOENT) {
        return null;
      }
      BpfException.check(result, "map " + name + ": reading an entry");
      return value.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /**
   * Writes an entry.
   *
   * @throws BpfException naming the map's size when it is full
   */
  public void put(byte[] key, byte[] value) {
    try (Arena arena = Arena.ofConfined()) {
      BpfException.check(
          BpfCalls.bpf_map_update_elem(fd, bytes(arena, key), bytes(arena, value), 0),
          "map " + name + " (room for " + maxEntries + "): writing an entry");
    }
  }

  /** Removes an entry; false when there was none. */
  public boolean remove(byte[] key) {
    try (Arena arena = Arena.ofConfined()) {
      int result = BpfCalls.bpf_map_delete_elem(fd, bytes(arena, key));
      if (result == -BpfException.ENOENT) {
        return false;
      }
      BpfException.check(result, "map " + name + ": removing an entry");
      return true;
    }
  }

  /** All keys at about this moment. Bounded by the map's size, should it change all the while. */
  public List<byte[]> keys() {
    List<byte[]> keys = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment current = arena.allocate(keySize, 8);
      MemorySegment next = arena.allocate(keySize, 8);
      int result = BpfCalls.bpf_map_get_next_key(fd, MemorySegment.NULL, next);
      while (result == 0 && keys.size() < maxEntries) {
        keys.add(next.toArray(ValueLayout.JAVA_BYTE));
        current.copyFrom(next);
        result = BpfCalls.bpf_map_get_next_key(fd, current, next);
      }
      if (result < 0 && result != -BpfException.ENOENT) {
        throw new BpfException("map " + name + ": listing its keys", -result);
      }
      return keys;
    }
  }

  @Override
  public void close() {
    if (owned) {
      LibC.close(fd);
    }
  }

  private static MemorySegment bytes(Arena arena, byte[] bytes) {
    MemorySegment segment = arena.allocate(bytes.length, 8);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }
}
