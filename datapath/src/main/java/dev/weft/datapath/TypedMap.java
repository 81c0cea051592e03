package dev.weft.datapath;

import dev.weft.datapath.bpf.BpfException;
import dev.weft.datapath.bpf.BpfMap;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * A kernel map and what this process knows to be in it. Owned by {@link KernelDatapath}, which
 * writes under its lock; nobody else writes these maps.
 */
final class TypedMap<K, V> {
  private final BpfMap map;
  private final Codec<K> keys;
  private final Codec<V> values;
  private final Map<K, V> content = new HashMap<>();

  TypedMap(BpfMap map, Codec<K> keys, Codec<V> values) {
    if (map.keySize() != keys.size() || map.valueSize() != values.size()) {
      throw new IllegalStateException(
          "map " + map.name() + ": C and Java disagree about the size of its entries");
    }
    this.map = map;
    this.keys = keys;
    this.values = values;
    for (byte[] key : map.keys()) {
      byte[] value = map.get(key);
      if (value != null) {
        content.put(keys.fromBytes(key), values.fromBytes(value));
      }
    }
  }

  Map<K, V> content() {
    return Collections.unmodifiableMap(content);
  }

  Diff<K, V> diff(Map<K, V> desired) {
    return Diff.of(content, desired);
  }

  int putAll(Diff<K, V> diff) {
    diff.puts().forEach(this::put);
    return diff.puts().size();
  }

  int removeAll(Diff<K, V> diff) {
    diff.removals().forEach(this::remove);
    return diff.removals().size();
  }

  void put(K key, V value) {
    try {
      map.put(keys.toBytes(key), values.toBytes(value));
    } catch (BpfException e) {
      throw new DatapathException(e.getMessage() + " (" + key + " = " + value + ")", e);
    }
    content.put(key, value);
  }

  void remove(K key) {
    map.remove(keys.toBytes(key));
    content.remove(key);
  }
}
