package dev.weft.controlplane;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far each resource has come at all connected nodes together, counted as each of them moves: of
 * a thousand nodes' answers most change nothing. Confined to the mesh thread.
 */
final class Rollout {
  private final Map<String, Integer> waiting = new HashMap<>();
  private final Map<String, SortedMap<String, String>> refused = new HashMap<>();
  private Set<String> news = new HashSet<>();

  /** A resource has come further at a node, or has fallen back. */
  void moved(String name, Progress before, Progress after) {
    Progress was = of(name);
    leave(name, before);
    enter(name, after);
    if (!was.equals(of(name))) {
      news.add(name);
    }
  }

  /** The worst that any node says: a refusal beats waiting beats done. */
  Progress of(String name) {
    SortedMap<String, String> refusals = refused.get(name);
    if (refusals != null) {
      Map.Entry<String, String> first = refusals.firstEntry();
      return new Progress.Refused(first.getKey(), first.getValue());
    }
    return waiting.containsKey(name) ? Progress.WAITING : Progress.DONE;
  }

  /** The names whose progress is not what it was when this was last asked. */
  Set<String> takeNews() {
    Set<String> taken = news;
    news = new HashSet<>();
    return taken;
  }

  private void enter(String name, Progress progress) {
    switch (progress) {
      case Progress.Done _ -> {}
      case Progress.Waiting _ -> waiting.merge(name, 1, Integer::sum);
      case Progress.Refused(String node, String reason) ->
          refused.computeIfAbsent(name, key -> new TreeMap<>()).put(node, reason);
    }
  }

  private void leave(String name, Progress progress) {
    switch (progress) {
      case Progress.Done _ -> {}
      case Progress.Waiting _ ->
          waiting.computeIfPresent(name, (key, nodes) -> nodes == 1 ? null : nodes - 1);
      case Progress.Refused(String node, String _) ->
          refused.computeIfPresent(
              name,
              (key, nodes) -> {
                nodes.remove(node);
                return nodes.isEmpty() ? null : nodes;
              });
    }
  }
}
