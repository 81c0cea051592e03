package dev.weft.routing;

import dev.weft.api.v1.PathRewrite;
import org.jspecify.annotations.Nullable;

/**
 * A change of path and authority (HTTPURLRewriteFilter). Immutable.
 *
 * @param hostname the new authority; {@code null}: unchanged
 */
public record Rewrite(@Nullable String hostname, @Nullable PathChange path) {

  /** HTTPPathModifier. */
  public sealed interface PathChange {
    /** The whole path is replaced. */
    record Full(String replacement) implements PathChange {}

    /** The matched prefix is replaced. */
    record Prefix(String replacement) implements PathChange {}

    /**
     * The new path and query; the query stays.
     *
     * @param prefixLength {@link Route.Matched#prefixLength}
     */
    default String apply(RequestFacts facts, int prefixLength) {
      return switch (this) {
        case Full(String replacement) -> replacePath(facts, replacement, facts.pathLength());
        case Prefix(String replacement) ->
            replacePath(facts, replacement, Math.clamp(prefixLength, 0, facts.pathLength()));
      };
    }
  }

  /** The new path and query; {@code null}: unchanged. */
  public @Nullable String pathAndQuery(RequestFacts facts, int prefixLength) {
    return path == null ? null : path.apply(facts, prefixLength);
  }

  static @Nullable PathChange change(PathRewrite rewrite) {
    return switch (rewrite.getKindCase()) {
      case FULL -> new PathChange.Full(Paths.encoded(rewrite.getFull()));
      case PREFIX -> new PathChange.Prefix(Paths.encoded(rewrite.getPrefix()));
      case KIND_NOT_SET -> null;
    };
  }

  static Rewrite of(dev.weft.api.v1.Rewrite rewrite) {
    return new Rewrite(
        rewrite.getHostname().isEmpty() ? null : rewrite.getHostname(),
        rewrite.hasPath() ? change(rewrite.getPath()) : null);
  }

  /** Exactly one slash between replacement and rest, as the table in HTTPPathModifier demands. */
  private static String replacePath(RequestFacts facts, String replacement, int cut) {
    String target = facts.pathAndQuery();
    int pathEnd = facts.pathLength();
    StringBuilder out = new StringBuilder(replacement.length() + target.length() - cut + 1);
    if (!replacement.startsWith("/") && !replacement.isEmpty()) {
      out.append('/');
    }
    out.append(replacement);
    boolean rest = cut < pathEnd;
    if (rest && !out.isEmpty() && out.charAt(out.length() - 1) == '/') {
      out.setLength(out.length() - 1);
    }
    if (rest && target.charAt(cut) != '/') {
      out.append('/');
    }
    out.append(target, cut, pathEnd);
    if (out.isEmpty()) {
      out.append('/');
    }
    return out.append(target, pathEnd, target.length()).toString();
  }
}
