package dev.weft.controlplane;

import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.StatusFacts;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to tell users: translation's facts, with what nodes have made of the resources behind them.
 * Says only what may be another status than before. Confined to the mesh thread.
 */
final class Statuses {
  private final Map<ObjectRef, StatusFacts> facts = new HashMap<>();

  /** Whose statuses show the progress of a resource. */
  private final Map<String, Set<ObjectRef>> watchers = new HashMap<>();

  private final Set<String> acked = new HashSet<>();
  private final Map<String, String> refused = new HashMap<>();
  private final Programmed programmed = new Programmed(acked::contains, refused::get);
  private Set<ObjectRef> due = new LinkedHashSet<>();

  /** Takes facts that are not what they were; null: there are none any more. */
  void learn(Map<ObjectRef, @Nullable StatusFacts> changes) {
    changes.forEach(
        (object, fact) -> {
          StatusFacts before = fact == null ? facts.remove(object) : facts.put(object, fact);
          watched(before).forEach(name -> unwatch(name, object));
          watched(fact)
              .forEach(name -> watchers.computeIfAbsent(name, key -> new HashSet<>()).add(object));
          due.add(object);
        });
  }

  private static List<String> watched(@Nullable StatusFacts fact) {
    return fact == null ? List.of() : fact.watched();
  }

  private void unwatch(String name, ObjectRef object) {
    watchers.computeIfPresent(
        name,
        (key, objects) -> {
          objects.remove(object);
          return objects.isEmpty() ? null : objects;
        });
  }

  /** How far a resource has come; null: there is no such resource. */
  void progressed(String name, @Nullable Progress progress) {
    boolean wasAcked = acked.remove(name);
    String wasRefused = refused.remove(name);
    switch (progress) {
      case null -> {}
      case Progress.Done _ -> acked.add(name);
      case Progress.Refused(String node, String reason) -> refused.put(name, node + ": " + reason);
      case Progress.Waiting _ -> {}
    }
    if (wasAcked != acked.contains(name) || !Objects.equals(wasRefused, refused.get(name))) {
      due.addAll(watchers.getOrDefault(name, Set.of()));
    }
  }

  /**
   * The statuses that may be others than when this was last asked; null: there is none any more.
   */
  Map<ObjectRef, @Nullable ObjectStatus> take() {
    Map<ObjectRef, @Nullable ObjectStatus> statuses = LinkedHashMap.newLinkedHashMap(due.size());
    for (ObjectRef object : due) {
      StatusFacts fact = facts.get(object);
      statuses.put(object, fact == null ? null : fact.render(programmed));
    }
    due = new LinkedHashSet<>();
    return statuses;
  }
}
