package dev.weft.gatewayapi;

import dev.weft.api.v1.SessionPersistence;
import dev.weft.routing.HeaderEdits;
import java.time.Duration;
import java.util.Locale;

/** Sessions of clients with a rule's endpoints (GEP-1619). */
final class Sessions {
  private Sessions() {}

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
