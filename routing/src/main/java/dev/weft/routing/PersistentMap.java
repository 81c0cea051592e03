package dev.weft.routing;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map of two levels: changing one entry copies the array of buckets (4 KiB) and one
 * bucket, and comparing two versions reads only the buckets that differ. With 10,000 entries a
 * bucket holds ten.
 */
@SuppressWarnings("ReferenceEquality") // instances are the versions
final class PersistentMap<K, V> {
  private static final int BUCKETS = 1024;
  private static final Map<?, ?>[] NO_BUCKETS = new Map<?, ?>[BUCKETS];
  private static final PersistentMap<?, ?> EMPTY = new PersistentMap<>(NO_BUCKETS, 0);

  /** An empty bucket is {@code null}; a bucket is never changed once it is here. */
  private final @Nullable Map<?, ?>[] buckets;

  private final int size;

  private PersistentMap(@Nullable Map<?, ?>[] buckets, int size) {
    this.buckets = buckets;
    this.size = size;
  }

  @SuppressWarnings("unchecked") // an empty map has no entries of any type
  static <K, V> PersistentMap<K, V> empty() {
    return (PersistentMap<K, V>) EMPTY;
  }

  /** What {@link #differences} finds. */
  interface Difference<K, V> {
    /** {@code before} is null for a new entry, {@code after} for one that is gone. */
    void entry(K key, @Nullable V before, @Nullable V after);
  }

  int size() {
    return size;
  }

  @Nullable V get(K key) {
    Map<K, V> bucket = bucket(index(key));
    return bucket == null ? null : bucket.get(key);
  }

  void forEach(BiConsumer<K, V> action) {
    for (int i = 0; i < BUCKETS; i++) {
      Map<K, V> bucket = bucket(i);
      if (bucket != null) {
        bucket.forEach(action);
      }
    }
  }

  Edit<K, V> edit() {
    return new Edit<>(this);
  }

  /** Entries whose values are not the same instance. */
  static <K, V> void differences(
      PersistentMap<K, V> before, PersistentMap<K, V> after, Difference<K, V> found) {
    for (int i = 0; before != after && i < BUCKETS; i++) {
      if (before.buckets[i] != after.buckets[i]) {
        Map<K, V> old = before.bucketOrEmpty(i);
        Map<K, V> now = after.bucketOrEmpty(i);
        old.forEach(
            (key, value) -> {
              if (!now.containsKey(key)) {
                found.entry(key, value, null);
              }
            });
        now.forEach(
            (key, value) -> {
              V was = old.get(key);
              if (was != value) {
                found.entry(key, was, value);
              }
            });
      }
    }
  }

  private static int index(Object key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash >>> 22;
  }

  @SuppressWarnings("unchecked") // only entries of K and V are ever stored
  private @Nullable Map<K, V> bucket(int index) {
    return (Map<K, V>) buckets[index];
  }

  private Map<K, V> bucketOrEmpty(int index) {
    Map<K, V> bucket = bucket(index);
    return bucket == null ? Map.of() : bucket;
  }

  /** A batch of changes; confined to one thread, used once. */
  static final class Edit<K, V> {
    private final PersistentMap<K, V> base;
    private @Nullable Map<?, ?> @Nullable [] buckets;
    private int size;

    private Edit(PersistentMap<K, V> base) {
      this.base = base;
      this.size = base.size;
    }

    @Nullable V get(K key) {
      int index = index(key);
      if (buckets == null) {
        return base.get(key);
      }
      @SuppressWarnings("unchecked") // only entries of K and V are ever stored
      Map<K, V> bucket = (Map<K, V>) buckets[index];
      return bucket == null ? null : bucket.get(key);
    }

    void put(K key, V value) {
      if (get(key) != value && writable(index(key)).put(key, value) == null) {
        size++;
      }
    }

    void remove(K key) {
      if (get(key) != null) {
        writable(index(key)).remove(key);
        size--;
      }
    }

    private Map<K, V> writable(int index) {
      @Nullable Map<?, ?>[] own = buckets;
      if (own == null) {
        own = base.buckets.clone();
        buckets = own;
      }
      @SuppressWarnings("unchecked") // only entries of K and V are ever stored
      Map<K, V> bucket = (Map<K, V>) own[index];
      if (bucket == null || bucket == base.buckets[index]) {
        bucket = bucket == null ? new HashMap<>() : new HashMap<>(bucket);
        own[index] = bucket;
      }
      return bucket;
    }

    /** The same instance as before when nothing changed. */
    PersistentMap<K, V> done() {
      return buckets == null ? base : new PersistentMap<>(buckets, size);
    }
  }
}
