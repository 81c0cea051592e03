package dev.weft.routing;

import java.util.List;

/**
 * One listener of a Gateway.
 *
 * @param hostname lower case; empty: every host; "*.example.com": names that end in ".example.com"
 * @param tls how TLS ends here
 * @param auths who must let a request pass before any route is looked at (GEP-5224)
 * @param routes the attached routes; a host without a route is {@link Route.NotFound}
 * @param l4 the attached routes of what nobody reads
 */
public record GatewayListener(
    String gatewayNamespace,
    String gateway,
    String name,
    Protocol protocol,
    String hostname,
    ListenerTls tls,
    List<ExternalAuth> auths,
    RouteTable routes,
    L4Table l4) {

  /** What a listener speaks. */
  public enum Protocol {
    HTTP,
    HTTPS,
    /** TLS ends here, and what is inside is passed on unread. */
    TLS,
    /** The server name is read, and TLS is passed on as it is. */
    TLS_PASSTHROUGH,
    TCP,
    UDP
  }
}
