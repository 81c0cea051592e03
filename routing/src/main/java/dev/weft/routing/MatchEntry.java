package dev.weft.routing;

import dev.weft.api.v1.HttpMatch;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One match of one rule, with what it takes to rank it against others. Immutable.
 *
 * @param path what the path must be
 * @param method "": any
 * @param grpc the rule is a GRPCRoute's: only gRPC requests match
 */
record MatchEntry(
    PathMatch path,
    String method,
    boolean grpc,
    List<ValueMatch> headers,
    List<ValueMatch> query,
    Rank rank,
    Route.Matched matched) {

  /** How the path is matched. */
  sealed interface PathMatch {
    /** Characters that count for precedence. */
    int characters();

    record Exact(String value) implements PathMatch {
      @Override
      public int characters() {
        return value.length();
      }
    }

    /** Whole elements; {@code value} without the final slash, so "" is "/". */
    record Prefix(String value, int characters) implements PathMatch {}

    record Expression(Regex regex, int characters) implements PathMatch {}
  }

  /** Whose match it is: the tie breakers. */
  record Rank(long createdAtMillis, String route, int rule, int match) {}

  /**
   * Gateway API, HTTPRouteRule and GRPCRouteRule: among entries with the same kind of path match,
   * the first that matches wins. A GRPCRoute's rule comes before an HTTPRoute's for the same path,
   * since it is about fewer requests.
   */
  static final Comparator<MatchEntry> PRECEDENCE =
      Comparator.<MatchEntry>comparingInt(entry -> -entry.path.characters())
          .thenComparingInt(entry -> entry.grpc ? 0 : 1)
          .thenComparingInt(entry -> entry.method.isEmpty() ? 1 : 0)
          .thenComparingInt(entry -> -entry.headers.size())
          .thenComparingInt(entry -> -entry.query.size())
          .thenComparingLong(entry -> entry.rank.createdAtMillis)
          .thenComparing(entry -> entry.rank.route)
          .thenComparingInt(entry -> entry.rank.rule)
          .thenComparingInt(entry -> entry.rank.match);

  static MatchEntry of(HttpMatch match, boolean grpc, Rank rank, Rule rule) {
    PathMatch path = path(match);
    int prefix = path instanceof PathMatch.Prefix p ? p.value.length() : -1;
    return new MatchEntry(
        path,
        match.getMethod(),
        grpc,
        ValueMatch.of(match.getHeadersList()),
        ValueMatch.of(match.getQueryList()),
        rank,
        new Route.Matched(rule, prefix));
  }

  private static PathMatch path(HttpMatch match) {
    return switch (match.getPath().getKindCase()) {
      case EXACT -> new PathMatch.Exact(absolute(match.getPath().getExact()));
      case REGEX ->
          new PathMatch.Expression(
              Regex.of(match.getPath().getRegex()), match.getPath().getRegex().length());
      case PREFIX -> prefix(absolute(match.getPath().getPrefix()));
      case KIND_NOT_SET -> prefix("/");
    };
  }

  private static PathMatch prefix(String value) {
    return new PathMatch.Prefix(
        value.endsWith("/") ? value.substring(0, value.length() - 1) : value, value.length());
  }

  private static String absolute(String path) {
    if (!path.startsWith("/") || path.length() > 4096) {
      throw new IllegalArgumentException(
          "path \""
              + path.substring(0, Math.min(100, path.length()))
              + "\" does not begin with \"/\" or has more than 4096 characters");
    }
    return path;
  }

  /** Everything but the path. */
  boolean matchesRest(RequestFacts facts) {
    return (method.isEmpty() || method.equals(facts.method()))
        && (!grpc || isGrpc(facts))
        && (headers.isEmpty() || matchesHeaders(facts))
        && (query.isEmpty() || matchesQuery(facts));
  }

  private static boolean isGrpc(RequestFacts facts) {
    CharSequence type = facts.header("content-type");
    return type != null && LocalReply.isGrpc(type);
  }

  private boolean matchesHeaders(RequestFacts facts) {
    for (ValueMatch header : headers) {
      CharSequence value = facts.header(header.name());
      if (value == null || !header.matches(value)) {
        return false;
      }
    }
    return true;
  }

  private boolean matchesQuery(RequestFacts facts) {
    for (ValueMatch parameter : query) {
      String value = Query.value(facts.pathAndQuery(), facts.pathLength(), parameter.name());
      if (value == null || !parameter.matches(value)) {
        return false;
      }
    }
    return true;
  }

  static Route.@Nullable Matched first(MatchEntry[] entries, RequestFacts facts) {
    for (MatchEntry entry : entries) {
      if (entry.matchesRest(facts)) {
        return entry.matched;
      }
    }
    return null;
  }
}
