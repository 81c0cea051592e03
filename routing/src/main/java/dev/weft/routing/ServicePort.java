package dev.weft.routing;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything about one port of a Service. Immutable; a new instance replaces it whenever its
 * endpoints, routes or settings change.
 *
 * @param name the key as text, which every request's records ask for
 * @param l7 the control plane's statement that HTTP must be read here
 * @param strict some endpoint takes mutual TLS only
 * @param clientIpAffinity {@code sessionAffinity: ClientIP}
 * @param session keeps clients at one endpoint, where their rule says nothing of it; {@code null}:
 *     nothing does
 * @param tls how it is spoken to
 * @param producerRoutes for clients of namespaces without routes of their own
 * @param consumerRoutes routes that a namespace made for its own clients (GAMMA, GEP-1426); they
 *     replace the producer's
 */
public record ServicePort(
    ServiceKey key,
    String name,
    AppProtocol appProtocol,
    boolean l7,
    boolean strict,
    boolean clientIpAffinity,
    EndpointSet endpoints,
    RetryBudget retryBudget,
    @Nullable SessionRule session,
    BackendTls tls,
    RouteTable producerRoutes,
    Map<String, RouteTable> consumerRoutes) {

  /** The routes that a client of this namespace obeys; never without a route. */
  public RouteTable routes(String clientNamespace) {
    if (consumerRoutes.isEmpty()) {
      return producerRoutes;
    }
    RouteTable own = consumerRoutes.get(clientNamespace);
    return own == null ? producerRoutes : own;
  }
}
