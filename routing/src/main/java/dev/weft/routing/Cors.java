package dev.weft.routing;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which other origins' scripts may use a rule's resources (Gateway API HTTPCORSFilter; Fetch §3.3).
 * The proxy is the last word on it: what a backend says about its origins is replaced. Immutable;
 * any thread.
 */
final class Cors {
  private static final String ANY = "*";
  private static final String ORIGIN = "access-control-allow-origin";
  private static final String CREDENTIALS = "access-control-allow-credentials";
  private static final String EXPOSE = "access-control-expose-headers";

  /** An origin longer than this is no allowed one: the API allows 253 characters. */
  private static final int MAX_ORIGIN = 300;

  private final List<OriginPattern> origins;
  private final boolean credentials;
  private final List<String> methods;
  private final List<String> headers;
  private final List<String> expose;
  private final int maxAge;

  private Cors(dev.weft.api.v1.Cors cors) {
    this.origins = cors.getOriginsList().stream().map(OriginPattern::of).toList();
    this.credentials = cors.getCredentials();
    this.methods = List.copyOf(cors.getMethodsList());
    this.headers = List.copyOf(cors.getHeadersList());
    this.expose =
        cors.getExposeList().stream().filter(name -> !credentials || !name.equals(ANY)).toList();
    this.maxAge = cors.getMaxAgeSeconds();
  }

  /**
   * Compiles a filter.
   *
   * @throws IllegalArgumentException for an origin that is none
   */
  static Cors of(dev.weft.api.v1.Cors cors) {
    return new Cors(cors);
  }

  /** Whether a browser asks if it may send another request (Fetch §4.8). */
  static boolean preflight(RequestFacts facts) {
    return facts.method().equals("OPTIONS")
        && facts.header("origin") != null
        && facts.header("access-control-request-method") != null;
  }

  /** The fields that answer a preflight; to an unknown origin they allow nothing. */
  HeaderEdits preflightAnswer(RequestFacts facts) {
    HeaderEdits.Builder answer = new HeaderEdits.Builder();
    String origin = allowed(facts.header("origin"));
    if (origin == null) {
      return answer.set("vary", "origin").build();
    }
    allow(answer, origin);
    list(answer, "access-control-allow-methods", methods, requestedMethod(facts));
    list(answer, "access-control-allow-headers", headers, requestedHeaders(facts));
    return answer.set("access-control-max-age", Integer.toString(maxAge)).build();
  }

  /** What becomes of the answer to any other request. */
  HeaderEdits answerEdits(RequestFacts facts) {
    HeaderEdits.Builder answer = new HeaderEdits.Builder();
    String origin = allowed(facts.header("origin"));
    if (origin == null) {
      answer.remove(ORIGIN).remove(CREDENTIALS).remove(EXPOSE);
      if (!sameForAll()) {
        answer.add("vary", "origin");
      }
      return answer.build();
    }
    if (!credentials) {
      answer.remove(CREDENTIALS);
    }
    allow(answer, origin);
    return answer.build();
  }

  private void allow(HeaderEdits.Builder answer, String origin) {
    answer.set(ORIGIN, sameForAll() ? ANY : origin);
    if (!sameForAll()) {
      // Caches must not give one origin's answer to another (Fetch §3.3.5).
      answer.add("vary", "origin");
    }
    if (credentials) {
      answer.set(CREDENTIALS, "true");
    }
    if (!expose.isEmpty()) {
      answer.set(EXPOSE, String.join(", ", expose));
    }
  }

  /** Whether every origin gets the same answer. */
  private boolean sameForAll() {
    return !credentials && origins.size() == 1 && origins.getFirst().any();
  }

  private @Nullable String allowed(@Nullable CharSequence origin) {
    if (origin == null || origin.length() > MAX_ORIGIN) {
      return null;
    }
    String text = origin.toString();
    for (OriginPattern pattern : origins) {
      if (pattern.matches(text)) {
        return text;
      }
    }
    return null;
  }

  /** A wildcard is answered with what was asked for: "*" itself would not cover credentials. */
  private static void list(
      HeaderEdits.Builder answer, String name, List<String> allowed, @Nullable String requested) {
    String value = allowed.contains(ANY) ? requested : String.join(", ", allowed);
    if (value != null && !value.isEmpty()) {
      answer.set(name, value);
    }
  }

  private static @Nullable String requestedMethod(RequestFacts facts) {
    CharSequence method = facts.header("access-control-request-method");
    return method != null && tokens(method, false) ? method.toString() : null;
  }

  private static @Nullable String requestedHeaders(RequestFacts facts) {
    CharSequence names = facts.header("access-control-request-headers");
    return names != null && tokens(names, true) ? names.toString() : null;
  }

  /** Nothing that is not a name, or a list of names, is repeated to the client. */
  private static boolean tokens(CharSequence text, boolean list) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      boolean separator = list && (c == ',' || c == ' ');
      if (!letter && !separator && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /**
   * Origins that are allowed.
   *
   * @param scheme "http" or "https"; "" for every origin
   * @param host lower case; "*" for every host, "*.example.com" for all below
   * @param port the scheme's own where the user wrote none
   */
  private record OriginPattern(String scheme, String host, int port) {
    boolean any() {
      return scheme.isEmpty();
    }

    static OriginPattern of(String text) {
      if (text.equals(ANY)) {
        return new OriginPattern("", ANY, 0);
      }
      OriginPattern pattern = parse(text);
      if (pattern == null) {
        throw new IllegalArgumentException(
            "the CORS origin " + text + " is not scheme://host[:port]");
      }
      return pattern;
    }

    private static @Nullable OriginPattern parse(String text) {
      int at = text.indexOf("://");
      String scheme = at < 0 ? "" : text.substring(0, at).toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        return null;
      }
      String rest = text.substring(at + 3);
      int colon = rest.lastIndexOf(':');
      boolean hasPort = colon >= 0 && !rest.endsWith("]");
      int port = hasPort ? port(rest.substring(colon + 1)) : scheme.equals("https") ? 443 : 80;
      String host = (hasPort ? rest.substring(0, colon) : rest).toLowerCase(Locale.ROOT);
      return port == 0 || host.isEmpty() ? null : new OriginPattern(scheme, host, port);
    }

    private static int port(String digits) {
      if (digits.isEmpty() || digits.length() > 5) {
        return 0;
      }
      int port = 0;
      for (int i = 0; i < digits.length(); i++) {
        char c = digits.charAt(i);
        if (c < '0' || c > '9') {
          return 0;
        }
        port = port * 10 + c - '0';
      }
      return port > 65535 ? 0 : port;
    }

    boolean matches(String origin) {
      if (any()) {
        return true;
      }
      OriginPattern asked = parse(origin);
      if (asked == null || asked.port != port || !asked.scheme.equals(scheme)) {
        return false;
      }
      if (host.equals(ANY)) {
        return true;
      }
      return host.startsWith("*.")
          ? asked.host.length() > host.length() - 1 && asked.host.endsWith(host.substring(1))
          : asked.host.equals(host);
    }
  }
}
