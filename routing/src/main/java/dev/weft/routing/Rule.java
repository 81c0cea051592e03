package dev.weft.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A route's rule, compiled. Immutable; the same instance until its route changes. */
public final class Rule {
  private static final int NO_CONTENT = 204;

  private final String id;
  private final @Nullable Redirect redirect;
  private final @Nullable Rewrite rewrite;
  private final @Nullable Cors cors;
  private final Plan.Forward forward;
  private final WeightedBackends backends;
  private final @Nullable SessionRule session;

  Rule(
      String id,
      Actions actions,
      Plan.Forward forward,
      WeightedBackends backends,
      @Nullable SessionRule session) {
    this.id = id;
    this.redirect = actions.redirect;
    this.rewrite = actions.rewrite;
    this.cors = actions.cors;
    this.forward = forward;
    this.backends = backends;
    this.session = session;
  }

  /** What of a rule depends on the request. */
  record Actions(@Nullable Redirect redirect, @Nullable Rewrite rewrite, @Nullable Cors cors) {
    static final Actions NONE = new Actions(null, null, null);
  }

  /** "httproute/namespace/name/rule"; the rule's number when it has no name. */
  public String id() {
    return id;
  }

  /** What to do with a request that matched; see {@link Route.Matched#plan}. */
  Plan plan(RequestFacts facts, int prefixLength) {
    return cors == null ? plain(facts, prefixLength) : shared(cors, facts, prefixLength);
  }

  private Plan plain(RequestFacts facts, int prefixLength) {
    if (redirect != null) {
      return new Plan.Answer(
          redirect.status(), redirect.location(facts, prefixLength), forward.response());
    }
    return rewrite == null || rewrite.path() == null
        ? forward
        : forward.withPath(rewrite.pathAndQuery(facts, prefixLength));
  }

  /** With other origins. A preflight never gets further than here. */
  private Plan shared(Cors with, RequestFacts facts, int prefixLength) {
    if (Cors.preflight(facts)) {
      return new Plan.Answer(NO_CONTENT, null, with.preflightAnswer(facts));
    }
    HeaderEdits edits = forward.response().then(with.answerEdits(facts));
    return switch (plain(facts, prefixLength)) {
      case Plan.Answer answer -> new Plan.Answer(answer.status(), answer.location(), edits);
      case Plan.Forward plan -> plan.withResponse(edits);
    };
  }

  /**
   * Picks a backend by weight. A retry keeps the backend and only takes another endpoint.
   *
   * @param random any uniformly distributed number
   */
  public BackendChoice pick(long random) {
    return backends.pick(random);
  }

  /** How clients are kept at one endpoint; {@code null}: as their Service says. */
  public @Nullable SessionRule session() {
    return session;
  }

  /**
   * Every Service port that a request may be sent to, mirrors aside; for code off the request path.
   */
  public List<ServiceKey> services() {
    return backends.services();
  }

  @Override
  public String toString() {
    return id;
  }
}
