package dev.weft.resources;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one {@link Derivation.Tally} has counted, and which objects have to be looked at again.
 * Belongs to a {@link DerivationMemory}.
 */
final class TallyMemory {
  private static final Integer NONE = 0;

  final List<Kind> kinds;

  /** Objects that came, went, or whose keys may be others. */
  final LinkedHashSet<ObjectRef> due = new LinkedHashSet<>();

  private final Map<ObjectRef, DerivationMemory.Entry> members = new HashMap<>();
  private final Map<ObjectRef, Set<?>> keys = new HashMap<>();
  private final Map<Object, Integer> counts = new HashMap<>();

  TallyMemory(List<Kind> kinds) {
    this.kinds = kinds;
  }

  /** An answer that one object's keys are. */
  record Membership(TallyMemory tally, ObjectRef object) {
    void isDue() {
      tally.due.add(object);
    }
  }

  /** The same instance as long as it is the same number. */
  Integer count(Object key) {
    return counts.getOrDefault(key, NONE);
  }

  /** Takes what an object's keys are now, and tells which counts changed. */
  @SuppressWarnings("ReferenceEquality") // an entry is what it is, not what it says
  void replace(
      ObjectRef object, DerivationMemory.Entry entry, Set<?> now, Consumer<Object> changed) {
    DerivationMemory.Entry before = members.put(object, entry);
    if (before != entry) {
      leave(object, before);
      entry.memberships.add(new Membership(this, object));
    }
    count(keys.put(object, now), now, changed);
  }

  /** Forgets an object that is gone. */
  void remove(ObjectRef object, Consumer<Object> changed) {
    leave(object, members.remove(object));
    count(keys.remove(object), Set.of(), changed);
  }

  private void leave(ObjectRef object, DerivationMemory.@Nullable Entry entry) {
    if (entry != null) {
      entry.memberships.remove(new Membership(this, object));
    }
  }

  private void count(@Nullable Set<?> before, Set<?> now, Consumer<Object> changed) {
    Set<?> olds = before == null ? Set.of() : before;
    Set<Object> gone = new HashSet<>(olds);
    gone.removeAll(now);
    Set<Object> came = new HashSet<>(now);
    came.removeAll(olds);
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
