package dev.weft.routing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.api.v1.SessionPersistence;
import java.util.UUID;

/**
 * How the clients of a rule or a Service are kept at one endpoint of it (GEP-1619). Immutable.
 *
 * @param owner id of the rule, or of the Service: tokens of another owner are none
 * @param byHeader by a header that clients send back; else by a cookie
 * @param name of the cookie, or of the header in lower case
 * @param path of the cookie
 * @param permanent whether the cookie outlives the browser's session
 * @param absoluteSeconds how long a session lasts at most; 0: no limit
 */
public record SessionRule(
    String owner,
    boolean byHeader,
    String name,
    String path,
    boolean permanent,
    long absoluteSeconds) {
  private static final int UNIQUE = 8;

  /**
   * Reads it.
   *
   * @param owner names a cookie that has no name
   * @throws IllegalArgumentException where it cannot be done
   */
  static SessionRule of(SessionPersistence session, String owner) {
    if (session.getByHeader() && session.getName().isEmpty()) {
      throw new IllegalArgumentException("a session by header needs the header's name");
    }
    if (session.getPermanent() && session.getAbsoluteTimeoutSeconds() == 0) {
      throw new IllegalArgumentException("a permanent cookie needs an end");
    }
    String unique = UUID.nameUUIDFromBytes(owner.getBytes(UTF_8)).toString().substring(0, UNIQUE);
    return new SessionRule(
        owner,
        session.getByHeader(),
        session.getName().isEmpty() ? "weft-" + unique : session.getName(),
        session.getPath().isEmpty() ? "/" : session.getPath(),
        session.getPermanent(),
        session.getAbsoluteTimeoutSeconds());
  }
}
