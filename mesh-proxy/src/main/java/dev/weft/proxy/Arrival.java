package dev.weft.proxy;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.observe.Side;
import dev.weft.routing.Authorization;
import dev.weft.routing.AuthorizationFacts;
import dev.weft.routing.Authorizer;
import dev.weft.routing.GatewayPort;
import dev.weft.routing.RequestFacts;
import dev.weft.routing.Target.GatewayTarget;
import org.jspecify.annotations.Nullable;

/**
 * What goes to a pod of this node as a proxy in front of that pod would see it: at the pod's port,
 * not the Service's, and a Gateway's as the Gateway's own. So a pod's policies say the same
 * wherever it runs. Confined to its event loop.
 *
 * @param sent a request after all edits, or an opaque connection
 * @param port the pod's
 */
record Arrival(AuthorizationFacts sent, Origin origin, int port) implements AuthorizationFacts {

  /**
   * Whether a pod of this node takes a request that the proxy sends on its own account: there is no
   * second proxy that would ask the pod's policies.
   */
  static boolean permitted(Origin origin, RequestHead head, Way.Open way) {
    if (way.local() == null) {
      return true;
    }
    Authorizer authorizer = origin.tables().authorizer(way.local());
    if (authorizer.isUnrestricted()) {
      return true;
    }
    Facts seen = Facts.of(origin, head);
    return seen != null
        && authorizer.authorize(new Arrival(seen, origin, way.hop().port()))
            instanceof Authorization.Permit;
  }

  private @Nullable GatewayPort gateway() {
    return origin.side() == Side.GATEWAY && origin.target() instanceof GatewayTarget(var gateway)
        ? gateway
        : null;
  }

  private boolean fromGateway() {
    return origin.side() == Side.GATEWAY;
  }

  @Override
  public @Nullable String principal() {
    if (!fromGateway()) {
      return sent.principal();
    }
    GatewayPort gateway = gateway();
    return gateway == null
        ? null
        : origin.tables().settings().trustDomain()
            + "/ns/"
            + gateway.namespace()
            + "/sa/"
            + gateway.gateway();
  }

  @Override
  public @Nullable String namespace() {
    if (!fromGateway()) {
      return sent.namespace();
    }
    GatewayPort gateway = gateway();
    return gateway == null ? null : gateway.namespace();
  }

  @Override
  public @Nullable String serviceAccount() {
    if (!fromGateway()) {
      return sent.serviceAccount();
    }
    GatewayPort gateway = gateway();
    return gateway == null ? null : gateway.namespace() + "/" + gateway.gateway();
  }

  @Override
  public int sourceAddress() {
    int node = origin.loop().options().nodeAddress();
    return fromGateway() && node != 0 ? node : sent.sourceAddress();
  }

  @Override
  public int destinationPort() {
    return port;
  }

  @Override
  public @Nullable String sni() {
    return null; // the client's TLS ended here
  }

  @Override
  public @Nullable RequestFacts request() {
    return sent.request();
  }
}
