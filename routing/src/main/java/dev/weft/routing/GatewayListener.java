package dev.weft.routing;

/**
 * One listener of a Gateway.
 *
 * @param hostname lower case; empty: every host; "*.example.com": names that end in ".example.com"
 * @param tls how TLS ends here
 * @param routes the attached routes; a host without a route is {@link Route.NotFound}
 */
public record GatewayListener(
    String gatewayNamespace,
    String gateway,
    String name,
    Protocol protocol,
    String hostname,
    ListenerTls tls,
    RouteTable routes) {

  /** What a listener speaks. */
  public enum Protocol {
    HTTP,
    HTTPS,
    TLS,
    TCP
  }
}
