package dev.weft.resources;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts the outputs of objects together, change by change: what several objects have in common stays
 * until none of them has it. The cost of a change does not grow with what did not change. Owned by
 * an {@link Incremental} and confined to its thread.
 *
 * @param <R> the message that nodes are sent
 */
final class Assembly<R> {
  private final Parts<String, R> resources = new Parts<>();
  private final Parts<ObjectRef, StatusFacts> facts = new Parts<>();
  private final SortedMap<ObjectRef, List<KubeObject>> generated = new TreeMap<>();
  private List<KubeObject> allGenerated = List.of();

  /** Takes what is not what it was, and says what that means for the whole. */
  Translation<R> apply(Map<ObjectRef, Derivation.Change<Output<R>>> changes) {
    Collection<Derivation.Change<Output<R>>> outputs = changes.values();
    return new Translation<>(
        resources.apply(outputs, Output::resources),
        facts.apply(outputs, Output::facts),
        generated(changes));
  }

  private List<KubeObject> generated(Map<ObjectRef, Derivation.Change<Output<R>>> changes) {
    boolean changed = false;
    for (Map.Entry<ObjectRef, Derivation.Change<Output<R>>> entry : changes.entrySet()) {
      Output<R> after = entry.getValue().after();
      List<KubeObject> objects = after == null ? List.of() : after.generated();
      List<KubeObject> before =
          objects.isEmpty()
              ? generated.remove(entry.getKey())
              : generated.put(entry.getKey(), objects);
      changed |= !objects.equals(before == null ? List.of() : before);
    }
    if (changed) {
      allGenerated = generated.values().stream().flatMap(List::stream).toList();
    }
    return allGenerated;
  }

  /** Named parts, each with the number of objects that have it. */
  private static final class Parts<K, V> {
    private final Map<K, Integer> owners = new HashMap<>();

    <O> Map<K, @Nullable V> apply(
        Collection<Derivation.Change<O>> outputs, Function<O, Map<K, V>> partsOf) {
      Map<K, @Nullable V> changed = new HashMap<>();
      List<K> left = new ArrayList<>();
      for (Derivation.Change<O> output : outputs) {
        Map<K, V> before = parts(output.before(), partsOf);
        Map<K, V> after = parts(output.after(), partsOf);
        after.forEach(
            (name, part) -> {
              V old = before.get(name);
              if (old == null) {
                owners.merge(name, 1, Integer::sum);
              }
              if (!part.equals(old)) {
                changed.put(name, part);
              }
            });
        before.keySet().stream().filter(name -> !after.containsKey(name)).forEach(left::add);
      }
      // Last: a part that one object gives up and another takes over never goes.
      for (K name : left) {
        if (owners.merge(name, -1, (number, less) -> number == 1 ? null : number - 1) == null) {
          changed.put(name, null);
        }
      }
      return changed;
    }

    private static <O, K, V> Map<K, V> parts(@Nullable O output, Function<O, Map<K, V>> partsOf) {
      return output == null ? Map.of() : partsOf.apply(output);
    }
  }
}
