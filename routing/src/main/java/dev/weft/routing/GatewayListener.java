package dev.weft.routing;

import java.util.List;

/**
 * One listener of a Gateway.
 *
 * @param hostname lower case; empty: every host; "*.example.com": names that end in ".example.com"
 * @param certificates names for {@link ProxyTables#certificate(String)}
 * @param routes the attached routes; a host without a route is {@link Route.NotFound}
 */
public record GatewayListener(
    String gatewayNamespace,
    String gateway,
    String name,
    Protocol protocol,
    String hostname,
    List<String> certificates,
    RouteTable routes) {

  /** What a listener speaks. */
  public enum Protocol {
    HTTP,
    HTTPS,
    TLS,
    TCP
  }
}
