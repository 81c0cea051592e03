package dev.weft.routing;

import java.util.Set;

/**
 * Somebody who is asked whether a request may pass, and how (Gateway API HTTPExternalAuthFilter,
 * GEP-1494). Immutable; any thread.
 *
 * @param backend whom to ask
 * @param maxBody bytes of the body that are sent along, a larger body is refused; 0: none is sent
 */
public record ExternalAuth(BackendChoice backend, Protocol protocol, int maxBody) {

  /** Memory that one request's body may take while somebody is asked about it. */
  private static final int MAX_BODY = 1 << 20;

  /** How to ask. Names are in lower case. */
  public sealed interface Protocol {
    /**
     * Envoy's ext_authz service.
     *
     * @param headers that are sent; empty: all
     */
    record Grpc(Set<String> headers) implements Protocol {}

    /**
     * A request to which 200 says yes.
     *
     * @param pathPrefix goes before the request's path
     * @param requestHeaders sent beside those that always are
     * @param responseHeaders of the answer that are copied into the request; empty: all
     */
    record Http(String pathPrefix, Set<String> requestHeaders, Set<String> responseHeaders)
        implements Protocol {}
  }

  /**
   * @throws IllegalArgumentException when no protocol is given, or the prefix is no path
   */
  static ExternalAuth of(dev.weft.api.v1.ExternalAuth auth) {
    Protocol protocol =
        switch (auth.getProtocolCase()) {
          case GRPC -> new Protocol.Grpc(Set.copyOf(auth.getGrpc().getHeadersList()));
          case HTTP -> http(auth.getHttp());
          case PROTOCOL_NOT_SET ->
              throw new IllegalArgumentException(
                  "an external authorization of a protocol that this version does not know");
        };
    int body = auth.getMaxBody();
    return new ExternalAuth(
        CompiledRoute.choice(auth.getBackend()),
        protocol,
        body < 0 ? MAX_BODY : Math.min(body, MAX_BODY));
  }

  private static Protocol.Http http(dev.weft.api.v1.ExternalAuth.Http http) {
    String prefix = http.getPathPrefix();
    boolean path = prefix.startsWith("/") && prefix.chars().allMatch(ExternalAuth::inPath);
    if (!prefix.isEmpty() && !path) {
      throw new IllegalArgumentException("an external authorization's prefix is no path");
    }
    return new Protocol.Http(
        prefix,
        Set.copyOf(http.getRequestHeadersList()),
        Set.copyOf(http.getResponseHeadersList()));
  }

  /** RFC 3986 §3.3, percent signs included. */
  private static boolean inPath(int c) {
    boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || "-/._~!$&'()*+,;=:@%".indexOf(c) >= 0;
  }
}
