package dev.weft.datapath;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What makes one map into another.
 *
 * @param puts entries that are new or have another value
 * @param removals keys that are no longer wanted
 */
record Diff<K, V>(Map<K, V> puts, Set<K> removals) {
  static <K, V> Diff<K, V> of(Map<K, V> current, Map<K, V> desired) {
    Map<K, V> puts = new HashMap<>();
    desired.forEach(
        (key, value) -> {
          if (!value.equals(current.get(key))) {
            puts.put(key, value);
          }
        });
    Set<K> removals = new HashSet<>(current.keySet());
    removals.removeAll(desired.keySet());
    return new Diff<>(puts, removals);
  }

  boolean isEmpty() {
    return puts.isEmpty() && removals.isEmpty();
  }
}
