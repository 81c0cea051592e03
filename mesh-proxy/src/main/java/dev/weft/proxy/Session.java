package dev.weft.proxy;

import dev.weft.proxy.SessionTokens.Pin;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.routing.BackendChoice;
import dev.weft.routing.Endpoint;
import dev.weft.routing.EndpointSet;
import dev.weft.routing.Rule;
import dev.weft.routing.ServiceKey;
import dev.weft.routing.ServicePort;
import dev.weft.routing.SessionRule;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * One request's session with an endpoint (GEP-1619): where the client was before, and the token
 * that it gets when it is sent elsewhere. Immutable; confined to its exchange.
 */
final class Session {
  /** Cookies of the name that are tried: more than one path may have set one. */
  private static final int MAX_TOKENS = 4;

  private final Origin origin;
  private final Terms terms;
  private final @Nullable Place before;
  private final @Nullable ServiceKey service;

  /** What the rule says of it. */
  private record Terms(SessionRule rule, String scope, SecretKey key) {}

  /** Where a client was. */
  private record Place(BackendChoice.ToService backend, Endpoint endpoint) {}

  private Session(
      Origin origin, Terms terms, @Nullable Place before, @Nullable ServiceKey service) {
    this.origin = origin;
    this.terms = terms;
    this.before = before;
    this.service = service;
  }

  /** {@code null}: the rule wants none, or no key has come yet to seal tokens with. */
  static @Nullable Session of(Origin origin, Rule rule, RequestHead head) {
    SessionRule session = rule.session();
    SecretKey key = origin.tables().settings().sessionKey();
    if (session == null || key == null) {
      return null;
    }
    Terms terms = new Terms(session, rule.id(), key);
    Place before = null;
    for (String token : session.byHeader() ? header(head, session) : cookies(head, session)) {
      Pin pin = origin.loop().sessions().open(key, terms.scope, token);
      before = before == null && pin != null ? find(origin, rule, pin) : before;
    }
    return new Session(origin, terms, before, null);
  }

  /** The backend of the session; {@code null}: there is none that serves. */
  BackendChoice.@Nullable ToService backend() {
    return before == null ? null : before.backend;
  }

  /** The endpoint of the session; {@code null}: there is none that serves. */
  @Nullable Endpoint endpoint() {
    return before == null ? null : before.endpoint;
  }

  /** The same for a request that goes to a Service port. */
  Session with(ServiceKey picked) {
    return new Session(origin, terms, before, picked);
  }

  private static List<String> header(RequestHead head, SessionRule rule) {
    String token = head.get(rule.name());
    return token == null ? List.of() : List.of(token);
  }

  private static List<String> cookies(RequestHead head, SessionRule rule) {
    List<String> tokens = new ArrayList<>(1);
    for (String line : head.all(Names.COOKIE)) {
      for (int from = 0; from < line.length() && tokens.size() < MAX_TOKENS; ) {
        int semicolon = line.indexOf(';', from);
        int end = semicolon < 0 ? line.length() : semicolon;
        String cookie = line.substring(from, end).strip();
        int equals = cookie.indexOf('=');
        if (equals > 0 && cookie.substring(0, equals).equals(rule.name())) {
          tokens.add(cookie.substring(equals + 1));
        }
        from = end + 1;
      }
    }
    return tokens;
  }

  private static @Nullable Place find(Origin origin, Rule rule, Pin pin) {
    for (BackendChoice.ToService backend : rule.sessionBackends()) {
      ServicePort port = origin.tables().service(backend.service());
      EndpointSet endpoints = port == null ? EndpointSet.EMPTY : port.endpoints();
      boolean same = pin.service() == Pin.hash(backend.service());
      for (int i = 0; same && i < endpoints.size(); i++) {
        if (pin.names(endpoints.get(i))) {
          return new Place(backend, endpoints.get(i));
        }
      }
    }
    return null;
  }

  /** Tells the client of the endpoint that answered, unless it knows. */
  @SuppressWarnings("ReferenceEquality") // endpoints are compared by identity
  void answered(ResponseHead head, Endpoint by) {
    ServiceKey picked = service;
    if (picked == null || by == endpoint()) {
      return;
    }
    SessionRule rule = terms.rule;
    String token =
        origin.loop().sessions().seal(terms.key, terms.scope, picked, by, rule.absoluteSeconds());
    if (rule.byHeader()) {
      head.set(rule.name(), token);
    } else {
      head.add("set-cookie", cookie(token));
    }
  }

  private String cookie(String token) {
    SessionRule rule = terms.rule;
    StringBuilder cookie = new StringBuilder(rule.name()).append('=').append(token);
    cookie.append("; Path=").append(rule.path());
    if (rule.permanent()) {
      cookie.append("; Max-Age=").append(rule.absoluteSeconds());
    }
    cookie.append("; HttpOnly; SameSite=Strict");
    return cookie.append(origin.scheme().equals("https") ? "; Secure" : "").toString();
  }
}
