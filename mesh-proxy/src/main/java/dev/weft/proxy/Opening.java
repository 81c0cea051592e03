package dev.weft.proxy;

import dev.weft.proxy.observe.Side;
import dev.weft.routing.Authorization;
import dev.weft.routing.AuthorizationFacts;
import dev.weft.routing.Authorizer;
import dev.weft.routing.BackendChoice;
import dev.weft.routing.BackendTls;
import dev.weft.routing.Endpoint;
import dev.weft.routing.EndpointSet;
import dev.weft.routing.GatewayListener;
import dev.weft.routing.GatewayPort;
import dev.weft.routing.L4Rule;
import dev.weft.routing.ProxyTables;
import dev.weft.routing.ServiceKey;
import dev.weft.routing.ServicePort;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection, or a client's datagrams, that nobody reads may go: said once, before the
 * first byte. Pure, apart from asking the origin.
 */
sealed interface Opening {

  /**
   * To one of these.
   *
   * @param service whose they are; {@code null} for a pod that was addressed itself
   * @param tls what the Service asks of Gateways, where the client's own TLS is not passed on
   */
  record To(EndpointSet endpoints, @Nullable ServicePort service, BackendTls tls)
      implements Opening {

    /** One of them, none of those that were tried if there is another. */
    @Nullable Endpoint pick(Origin origin, List<Endpoint> tried) {
      Balancer balancer = origin.loop().balancer();
      return service != null && service.clientIpAffinity()
          ? balancer.pickFor(origin.sourceAddress(), endpoints, tried)
          : balancer.pick(endpoints, tried, origin.loop().tools().ticker().coarse());
    }
  }

  /** Nowhere. */
  record Refused(String reason) implements Opening {}

  /** No route for the place, or for the server name. */
  Refused NO_ROUTE = new Refused("NO_ROUTE");

  /** The route's backend is not there, or may not be used. */
  Refused INVALID_BACKEND = new Refused("INVALID_BACKEND");

  /** Nobody serves. */
  Refused NO_ENDPOINT = new Refused("NO_ENDPOINT");

  /** A policy says no. */
  Refused POLICY_DENIED = new Refused("POLICY_DENIED");

  /** Decides, with a new random number where a route has several backends. */
  static Opening of(Origin origin) {
    if (!authorised(origin)) {
      return POLICY_DENIED;
    }
    return switch (origin.target()) {
      case Target.ServiceTarget(ServicePort port) -> to(port, true);
      case Target.PodTarget pod -> new To(origin.pod(pod), null, BackendTls.PLAIN);
      case Target.GatewayTarget(GatewayPort port) -> routed(origin, port);
      case Target.UnknownTarget _ -> NO_ROUTE;
    };
  }

  private static Opening to(ServicePort port, boolean mayEncrypt) {
    return port.endpoints().isEmpty()
        ? NO_ENDPOINT
        : new To(port.endpoints(), port, mayEncrypt ? port.tls() : BackendTls.PLAIN);
  }

  private static Opening routed(Origin origin, GatewayPort port) {
    String name = origin.sni() == null ? "" : origin.sni();
    GatewayListener listener = port.listener(name);
    L4Rule rule = listener == null ? null : listener.l4().rule(name);
    boolean mayEncrypt =
        listener != null
            && switch (listener.protocol()) {
              case HTTP, HTTPS, TLS, TCP -> true;
              case TLS_PASSTHROUGH, UDP -> false;
            };
    return switch (rule == null ? null : rule.pick(origin.loop().random().nextLong())) {
      case null -> NO_ROUTE;
      case BackendChoice.Invalid _ -> INVALID_BACKEND;
      case BackendChoice.ToService to -> service(origin.tables(), to.service(), mayEncrypt);
    };
  }

  private static Opening service(ProxyTables tables, ServiceKey key, boolean mayEncrypt) {
    ServicePort port = tables.service(key);
    return port == null ? INVALID_BACKEND : to(port, mayEncrypt);
  }

  /** Whether datagrams that were sent to a Service's endpoint may still be. */
  static boolean stands(Origin origin, ServiceKey key, Endpoint endpoint) {
    GatewayListener listener =
        origin.target() instanceof Target.GatewayTarget(GatewayPort port)
            ? port.listener("")
            : null;
    L4Rule rule = listener == null ? null : listener.l4().rule("");
    ServicePort service = origin.tables().service(key);
    return rule != null
        && rule.names(key)
        && service != null
        && has(service.endpoints(), endpoint)
        && authorised(origin)
        && origin.way(endpoint, false) instanceof Way.Open way
        && permitted(origin, way);
  }

  @SuppressWarnings("ReferenceEquality") // instances are the versions
  private static boolean has(EndpointSet endpoints, Endpoint endpoint) {
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.get(i) == endpoint) {
        return true;
      }
    }
    return false;
  }

  /** What the policies at the place say; those of a pod on this node are {@link #permitted}'s. */
  static boolean authorised(Origin origin) {
    Authorizer authorizer =
        switch (origin.target()) {
          case Target.ServiceTarget(ServicePort port) -> origin.tables().authorizer(port.key());
          case Target.GatewayTarget(GatewayPort port) -> origin.tables().authorizer(port);
          case Target.PodTarget(WorkloadInfo pod, _) ->
              origin.side() == Side.INBOUND
                  ? origin.tables().authorizer(pod)
                  : Authorizer.UNRESTRICTED;
          case Target.UnknownTarget _ -> Authorizer.UNRESTRICTED;
        };
    return !origin.isStranger() && allows(authorizer, origin);
  }

  /** A pod of this node has no second proxy that would ask its policies. */
  static boolean permitted(Origin origin, Way.Open way) {
    if (origin.side() == Side.INBOUND || way.local() == null) {
      return true;
    }
    Authorizer authorizer = origin.tables().authorizer(way.local());
    return allows(authorizer, new Arrival(origin, origin, way.hop().port()));
  }

  private static boolean allows(Authorizer authorizer, AuthorizationFacts facts) {
    return authorizer.isUnrestricted()
        || !(authorizer.authorize(facts) instanceof Authorization.Denied);
  }
}
