package dev.weft.proxy;

import dev.weft.proxy.SessionTokens.Pin;
import dev.weft.proxy.SessionTokens.Scope;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.routing.Endpoint;
import dev.weft.routing.Rule;
import dev.weft.routing.ServicePort;
import dev.weft.routing.SessionRule;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * One request's session with an endpoint of the backend that it goes to (GEP-1619): where the
 * client was before, and the token that it gets when it is sent elsewhere. Which backend is none of
 * its business. A client of several backends holds a token for each in one cookie or header.
 * Immutable; confined to its exchange.
 */
final class Session {
  /** Tokens that are tried: one for each of a few backends, and more than one cookie may be set. */
  private static final int MAX_TOKENS = 4;

  /** Stands between two tokens, and in none. */
  private static final char BETWEEN = '.';

  private final Origin origin;
  private final Terms terms;
  private final @Nullable Endpoint endpoint;
  private final List<String> others;

  /** What is to be done. */
  private record Terms(SessionRule rule, Scope scope, SecretKey key) {}

  /**
   * A session.
   *
   * @param others tokens of other backends
   */
  private Session(Origin origin, Terms terms, @Nullable Endpoint endpoint, List<String> others) {
    this.origin = origin;
    this.terms = terms;
    this.endpoint = endpoint;
    this.others = others;
  }

  /**
   * Looks for it. What the rule says goes before what the Service says.
   *
   * @return {@code null}: neither wants one, or no key has come yet to seal tokens with
   */
  static @Nullable Session of(Origin origin, Rule rule, ServicePort service, RequestHead head) {
    SessionRule session = rule.session() == null ? service.session() : rule.session();
    SecretKey key = origin.tables().settings().sessionKey();
    if (session == null || key == null) {
      return null;
    }
    Terms terms = new Terms(session, new Scope(session.owner(), service.key()), key);
    List<String> tokens = session.byHeader() ? header(head, session) : cookies(head, session);
    Endpoint before = null;
    for (Iterator<String> each = tokens.iterator(); each.hasNext(); ) {
      Pin pin = origin.loop().sessions().open(key, terms.scope, each.next());
      if (pin != null) {
        each.remove();
        if (before == null) {
          Endpoint there = service.endpoints().at(pin.address(), pin.port());
          before = there != null && pin.names(there) ? there : null;
        }
      }
    }
    return new Session(origin, terms, before, tokens);
  }

  /** The endpoint of the session; {@code null}: there is none that serves. */
  @Nullable Endpoint endpoint() {
    return endpoint;
  }

  private static List<String> header(RequestHead head, SessionRule rule) {
    String value = head.get(rule.name());
    if (value == null) {
      return List.of();
    }
    List<String> tokens = new ArrayList<>(1);
    add(value, tokens);
    return tokens;
  }

  private static List<String> cookies(RequestHead head, SessionRule rule) {
    List<String> lines = head.all(Names.COOKIE);
    if (lines.isEmpty()) {
      return List.of();
    }
    List<String> tokens = new ArrayList<>(1);
    for (String line : lines) {
      for (int from = 0; from < line.length() && tokens.size() < MAX_TOKENS; ) {
        int semicolon = line.indexOf(';', from);
        int end = semicolon < 0 ? line.length() : semicolon;
        String cookie = line.substring(from, end).strip();
        int equals = cookie.indexOf('=');
        if (equals > 0 && cookie.substring(0, equals).equals(rule.name())) {
          add(cookie.substring(equals + 1), tokens);
        }
        from = end + 1;
      }
    }
    return tokens;
  }

  /** What cannot be a token is dropped: others are sent back as they came. */
  private static void add(String value, List<String> tokens) {
    for (int from = 0; from < value.length() && tokens.size() < MAX_TOKENS; ) {
      int next = value.indexOf(BETWEEN, from);
      int end = next < 0 ? value.length() : next;
      String token = value.substring(from, end);
      if (SessionTokens.mayBe(token) && !tokens.contains(token)) {
        tokens.add(token);
      }
      from = end + 1;
    }
  }

  /** Tells the client of the endpoint that answered, unless it knows. */
  @SuppressWarnings("ReferenceEquality") // endpoints are compared by identity
  void answered(ResponseHead head, Endpoint by) {
    if (by == endpoint) {
      return;
    }
    SessionRule rule = terms.rule;
    StringBuilder value =
        new StringBuilder(
            origin.loop().sessions().seal(terms.key, terms.scope, by, rule.absoluteSeconds()));
    others.stream().limit(MAX_TOKENS - 1).forEach(token -> value.append(BETWEEN).append(token));
    if (rule.byHeader()) {
      head.set(rule.name(), value.toString());
    } else {
      head.add("set-cookie", cookie(value));
    }
  }

  private String cookie(CharSequence value) {
    SessionRule rule = terms.rule;
    StringBuilder cookie = new StringBuilder(rule.name()).append('=').append(value);
    cookie.append("; Path=").append(rule.path());
    if (rule.permanent()) {
      cookie.append("; Max-Age=").append(rule.absoluteSeconds());
    }
    cookie.append("; HttpOnly; SameSite=Strict");
    return cookie.append(origin.scheme().equals("https") ? "; Secure" : "").toString();
  }
}
