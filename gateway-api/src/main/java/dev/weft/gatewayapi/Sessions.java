package dev.weft.gatewayapi;

import dev.weft.api.v1.SessionPersistence;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.XBackend;
import dev.weft.routing.HeaderEdits;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sessions of clients with a rule's endpoints (GEP-1619). */
final class Sessions {
  private Sessions() {}

  /**
   * The sessions of a rule: what the rule says, or else what its backends say, if all that get
   * requests say the same. A session is with an endpoint of the rule, whichever backend it belongs
   * to, so one backend's wish cannot be granted where another has none.
   */
  static dev.weft.resources.@Nullable SessionPersistence of(
      Derivation.Reader reader,
      ObjectRef route,
      dev.weft.resources.@Nullable SessionPersistence ofRule,
      List<BackendRef> backends,
      Consumer<String> remark) {
    if (ofRule != null) {
      return ofRule;
    }
    Set<Optional<dev.weft.resources.SessionPersistence>> wishes = new LinkedHashSet<>();
    for (BackendRef ref : backends) {
      BackendTarget target = BackendTarget.of(route, ref);
      if (target != null && ref.weight() > 0 && Backends.check(reader, route, ref) == null) {
        wishes.add(Optional.ofNullable(wish(reader, target)));
      }
    }
    if (wishes.size() > 1) {
      remark.accept(
          "without effect: sessionPersistence of some of a rule's backends and not, or not the same,"
              + " of others; the rule can have one");
      return null;
    }
    return wishes.stream().findFirst().flatMap(wish -> wish).orElse(null);
  }

  private static dev.weft.resources.@Nullable SessionPersistence wish(
      Derivation.Reader reader, BackendTarget target) {
    XBackend backend = XBackends.behind(reader, target.namespace(), target.service());
    return backend != null
        ? backend.spec().sessionPersistence()
        : reader.get(new TrafficTranslation.Of(target.namespace(), target.service())).session();
  }

  /** A session shorter than a second lasts one: cookies count in seconds (RFC 6265 §4.1.2.2). */
  static SessionPersistence translate(
      dev.weft.resources.SessionPersistence session, RuleTranslation parts) {
    SessionPersistence.Builder made = SessionPersistence.newBuilder();
    Duration timeout = session.absoluteTimeout();
    if (timeout != null && !timeout.isZero()) {
      made.setAbsoluteTimeoutSeconds(Math.max(1, timeout.toSeconds()));
    }
    dev.weft.resources.SessionPersistence.Header header = session.header();
    if (header != null) {
      String field = header.name().toLowerCase(Locale.ROOT);
      if (HeaderEdits.isOfConnection(field)) {
        parts.refuse("the header " + field + " is the connection's own");
      }
      made.setByHeader(true).setName(field);
    }
    dev.weft.resources.SessionPersistence.Cookie cookie = session.cookie();
    if (cookie != null) {
      String name = cookie.name();
      made.setName(name == null ? "" : name)
          .setPath(cookie.path())
          .setPermanent(cookie.permanent());
    }
    return made.build();
  }
}
