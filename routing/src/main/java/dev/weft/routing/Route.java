package dev.weft.routing;

/** What the table says about a request. */
public sealed interface Route {

  /** Routes exist for the destination, and none matches: 404. */
  record NotFound() implements Route {
    static final NotFound INSTANCE = new NotFound();
  }

  /**
   * A rule matches. Instances belong to the table: matching allocates nothing.
   *
   * @param prefixLength characters of the path that a path prefix match covered, without a trailing
   *     slash; -1 when the match was not by prefix
   */
  record Matched(Rule rule, int prefixLength) implements Route {
    /** Shorthand for {@link Rule#plan}. */
    public Plan plan(RequestFacts facts) {
      return rule.plan(facts, prefixLength);
    }
  }
}
