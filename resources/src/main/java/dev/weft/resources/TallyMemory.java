package dev.weft.resources;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one {@link Derivation.Tally} has counted. Belongs to a {@link DerivationMemory}. */
final class TallyMemory {
  private static final Integer NONE = 0;

  final Members members;
  private final Map<ObjectRef, Set<?>> keys = new HashMap<>();
  private final Map<Object, Integer> counts = new HashMap<>();

  TallyMemory(Members members) {
    this.members = members;
  }

  /** The same instance as long as it is the same number. */
  Integer count(Object key) {
    return counts.getOrDefault(key, NONE);
  }

  /** Takes what an object's keys are now, null if it is gone, and tells which counts changed. */
  void replace(ObjectRef object, @Nullable Set<?> now, Consumer<Object> changed) {
    Set<?> before = now == null ? keys.remove(object) : keys.put(object, now);
    count(before == null ? Set.of() : before, now == null ? Set.of() : now, changed);
  }

  private void count(Set<?> before, Set<?> now, Consumer<Object> changed) {
    Set<Object> gone = new HashSet<>(before);
    gone.removeAll(now);
    Set<Object> came = new HashSet<>(now);
    came.removeAll(before);
    for (Object key : gone) {
      counts.computeIfPresent(key, (each, number) -> number == 1 ? null : number - 1);
      changed.accept(key);
    }
    for (Object key : came) {
      counts.merge(key, 1, Integer::sum);
      changed.accept(key);
    }
  }
}
