package dev.weft.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A route's rule, compiled. Immutable; the same instance until its route changes. */
public final class Rule {
  private static final BackendChoice.Invalid NO_BACKEND =
      new BackendChoice.Invalid("the rule has no backend with a weight above 0");

  private final String id;
  private final @Nullable Redirect redirect;
  private final @Nullable Rewrite rewrite;
  private final Plan.Forward forward;
  private final BackendChoice[] backends;
  private final long[] cumulativeWeights;

  Rule(
      String id,
      @Nullable Redirect redirect,
      @Nullable Rewrite rewrite,
      Plan.Forward forward,
      List<Weighted> backends) {
    this.id = id;
    this.redirect = redirect;
    this.rewrite = rewrite;
    this.forward = forward;
    List<Weighted> used = backends.stream().filter(backend -> backend.weight > 0).toList();
    this.backends = used.stream().map(Weighted::choice).toArray(BackendChoice[]::new);
    this.cumulativeWeights = new long[used.size()];
    long sum = 0;
    for (int i = 0; i < cumulativeWeights.length; i++) {
      sum += used.get(i).weight;
      cumulativeWeights[i] = sum;
    }
  }

  /** A backend and its share. */
  record Weighted(BackendChoice choice, long weight) {}

  /** "httproute/namespace/name/rule"; the rule's number when it has no name. */
  public String id() {
    return id;
  }

  /** What to do with a request that matched; see {@link Route.Matched#plan}. */
  Plan plan(RequestFacts facts, int prefixLength) {
    if (redirect != null) {
      return new Plan.Answer(
          redirect.status(), redirect.location(facts, prefixLength), forward.response());
    }
    if (rewrite == null || rewrite.path() == null) {
      return forward;
    }
    return new Plan.Forward(
        rewrite.pathAndQuery(facts, prefixLength),
        forward.authority(),
        forward.request(),
        forward.response(),
        forward.mirrors(),
        forward.timeouts(),
        forward.retry());
  }

  /**
   * Picks a backend by weight. A retry keeps the backend and only takes another endpoint.
   *
   * @param random any uniformly distributed number
   */
  public BackendChoice pick(long random) {
    if (backends.length <= 1) {
      return backends.length == 0 ? NO_BACKEND : backends[0];
    }
    long point = Long.remainderUnsigned(random, cumulativeWeights[cumulativeWeights.length - 1]);
    int i = 0;
    while (point >= cumulativeWeights[i]) {
      i++;
    }
    return backends[i];
  }

  /**
   * Every Service port that a request may be sent to, mirrors aside; for code off the request path.
   */
  public List<ServiceKey> services() {
    return java.util.Arrays.stream(backends)
        .filter(BackendChoice.ToService.class::isInstance)
        .map(choice -> ((BackendChoice.ToService) choice).service())
        .distinct()
        .toList();
  }

  @Override
  public String toString() {
    return id;
  }
}
