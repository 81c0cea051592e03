package dev.weft.gatewayapi;

import dev.weft.api.v1.SessionPersistence;
import dev.weft.routing.HeaderEdits;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Sessions of clients with endpoints (GEP-1619). */
final class Sessions {
  private Sessions() {}

  /** Why it cannot be done; null when it can. */
  static @Nullable String problem(dev.weft.resources.SessionPersistence session) {
    dev.weft.resources.SessionPersistence.Header header = session.header();
    return header != null && HeaderEdits.isOfConnection(field(header))
        ? "the header " + field(header) + " is the connection's own"
        : null;
  }

  private static String field(dev.weft.resources.SessionPersistence.Header header) {
    return header.name().toLowerCase(Locale.ROOT);
  }

  /** A session shorter than a second lasts one: cookies count in seconds (RFC 6265 §4.1.2.2). */
  static SessionPersistence translate(dev.weft.resources.SessionPersistence session) {
    SessionPersistence.Builder made = SessionPersistence.newBuilder();
    Duration timeout = session.absoluteTimeout();
    if (timeout != null && !timeout.isZero()) {
      made.setAbsoluteTimeoutSeconds(Math.max(1, timeout.toSeconds()));
    }
    dev.weft.resources.SessionPersistence.Header header = session.header();
    if (header != null) {
      made.setByHeader(true).setName(field(header));
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
