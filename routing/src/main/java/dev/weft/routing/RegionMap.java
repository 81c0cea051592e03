package dev.weft.routing;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable hash table of strings that is asked with a part of a string, so that a request's
 * path or host is never cut into pieces. Open addressing, at most half full.
 */
final class RegionMap<V> {
  private static final RegionMap<?> EMPTY = new RegionMap<>(Map.of());

  private final @Nullable String[] keys;
  private final int[] hashes;
  private final @Nullable Object[] values;
  private final int mask;
  private final int longest;

  private RegionMap(Map<String, V> entries) {
    int capacity = Math.max(2, Integer.highestOneBit(Math.max(1, entries.size())) << 2);
    keys = new String[capacity];
    hashes = new int[capacity];
    values = new Object[capacity];
    mask = capacity - 1;
    int length = -1;
    for (Map.Entry<String, V> entry : entries.entrySet()) {
      String key = entry.getKey();
      int hash = key.hashCode();
      int slot = spread(hash) & mask;
      while (keys[slot] != null) {
        slot = (slot + 1) & mask;
      }
      keys[slot] = key;
      hashes[slot] = hash;
      values[slot] = entry.getValue();
      length = Math.max(length, key.length());
    }
    longest = length;
  }

  @SuppressWarnings("unchecked") // an empty table has no values of any type
  static <V> RegionMap<V> of(Map<String, V> entries) {
    return entries.isEmpty() ? (RegionMap<V>) EMPTY : new RegionMap<>(entries);
  }

  boolean isEmpty() {
    return longest < 0;
  }

  /** The value of {@code text.substring(from, to)}. */
  @SuppressWarnings("unchecked") // only V is ever stored
  @Nullable V get(String text, int from, int to) {
    int length = to - from;
    if (length > longest) {
      return null;
    }
    int hash = from == 0 && to == text.length() ? text.hashCode() : hash(text, from, to);
    int slot = spread(hash) & mask;
    for (String key = keys[slot]; key != null; key = keys[slot]) {
      if (hashes[slot] == hash && key.length() == length && text.startsWith(key, from)) {
        return (V) values[slot];
      }
      slot = (slot + 1) & mask;
    }
    return null;
  }

  /** {@link String#hashCode} of a part. */
  private static int hash(String text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    return hash;
  }

  private static int spread(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 16);
  }
}
