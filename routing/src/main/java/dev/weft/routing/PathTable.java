package dev.weft.routing;

import dev.weft.routing.MatchEntry.PathMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one hostname. Order of precedence: exact path, longest prefix, longest regular
 * expression (the specification leaves its place to implementations), prefix "/". Immutable.
 *
 * <p>Cost depends on the path's depth, not on the number of rules: exact paths are a hash table,
 * prefixes a tree of path elements, and an expression hangs in that tree below the elements that it
 * begins with.
 */
final class PathTable {
  private static final MatchEntry[] NONE = {};

  private final RegionMap<MatchEntry[]> exact;
  private final Node root;

  private PathTable(RegionMap<MatchEntry[]> exact, Node root) {
    this.exact = exact;
    this.root = root;
  }

  /** A position in the tree; {@code expressionRank} orders expressions across positions. */
  private static final class Node {
    private final @Nullable Node parent;
    private final MatchEntry[] prefixes;
    private final MatchEntry[] expressions;
    private final int[] expressionRank;
    private final RegionMap<Node> children;

    /** Depth is bounded by the length of a configured path. */
    Node(Building from, @Nullable Node parent) {
      this.parent = parent;
      prefixes = from.prefixes.toArray(NONE);
      expressions = from.expressions.toArray(NONE);
      expressionRank = from.ranks.stream().mapToInt(Integer::intValue).toArray();
      Map<String, Node> nodes = new HashMap<>();
      for (Map.Entry<String, Building> child : from.children.entrySet()) {
        nodes.put(child.getKey(), new Node(child.getValue(), this));
      }
      children = RegionMap.of(nodes);
    }
  }

  Route.@Nullable Matched find(RequestFacts facts) {
    String path = facts.pathAndQuery();
    int end = facts.pathLength();
    if (!exact.isEmpty()) {
      MatchEntry[] entries = exact.get(path, 0, end);
      Route.Matched matched = entries == null ? null : MatchEntry.first(entries, facts);
      if (matched != null) {
        return matched;
      }
    }
    Node deepest = deepest(path, end);
    for (Node node = deepest; node.parent != null; node = node.parent) {
      Route.Matched matched = MatchEntry.first(node.prefixes, facts);
      if (matched != null) {
        return matched;
      }
    }
    Route.Matched matched = findExpression(deepest, facts);
    return matched == null ? MatchEntry.first(root.prefixes, facts) : matched;
  }

  private Node deepest(String path, int end) {
    Node node = root;
    int from = 1;
    while (from <= end && !node.children.isEmpty()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 || slash > end ? end : slash;
      Node child = node.children.get(path, from, to);
      if (child == null) {
        break;
      }
      node = child;
      from = to + 1;
    }
    return node;
  }

  private static Route.@Nullable Matched findExpression(Node deepest, RequestFacts facts) {
    MatchEntry best = null;
    int bestRank = Integer.MAX_VALUE;
    for (Node node = deepest; node != null; node = node.parent) {
      for (int i = 0; i < node.expressions.length && node.expressionRank[i] < bestRank; i++) {
        MatchEntry entry = node.expressions[i];
        if (entry.path() instanceof PathMatch.Expression(Regex regex, int _)
            && regex.matches(facts.pathAndQuery(), facts.pathLength())
            && entry.matchesRest(facts)) {
          best = entry;
          bestRank = node.expressionRank[i];
        }
      }
    }
    return best == null ? null : best.matched();
  }

  static PathTable of(List<MatchEntry> entries) {
    List<MatchEntry> sorted = new ArrayList<>(entries);
    sorted.sort(MatchEntry.PRECEDENCE);
    Map<String, List<MatchEntry>> exact = new HashMap<>();
    Building root = new Building();
    int rank = 0;
    for (MatchEntry entry : sorted) {
      switch (entry.path()) {
        case PathMatch.Exact(String value) ->
            exact.computeIfAbsent(value, _ -> new ArrayList<>()).add(entry);
        case PathMatch.Prefix(String value, int _) ->
            root.at(value, value.length()).prefixes.add(entry);
        case PathMatch.Expression(Regex regex, int _) -> {
          Building node = root.at(regex.literal(), regex.literal().lastIndexOf('/'));
          node.expressions.add(entry);
          node.ranks.add(rank++);
        }
      }
    }
    Map<String, MatchEntry[]> exactArrays = new HashMap<>();
    exact.forEach((path, list) -> exactArrays.put(path, list.toArray(NONE)));
    return new PathTable(RegionMap.of(exactArrays), new Node(root, null));
  }

  /** A position while the tree grows; confined to {@link #of}. */
  private static final class Building {
    private final Map<String, Building> children = new HashMap<>();
    private final List<MatchEntry> prefixes = new ArrayList<>();
    private final List<MatchEntry> expressions = new ArrayList<>();
    private final List<Integer> ranks = new ArrayList<>();

    /** The position of the elements in {@code path[0, end)}, which begins with "/" unless empty. */
    private Building at(String path, int end) {
      Building node = this;
      int from = 1;
      while (from <= end) {
        int slash = path.indexOf('/', from);
        int to = slash < 0 || slash > end ? end : slash;
        node = node.children.computeIfAbsent(path.substring(from, to), _ -> new Building());
        from = to + 1;
      }
      return node;
    }
  }
}
