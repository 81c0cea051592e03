package dev.weft.proxy;

import dev.weft.proxy.http.Failure;
import dev.weft.proxy.observe.Side;
import dev.weft.proxy.upstream.Connector;
import dev.weft.routing.Authorization;
import dev.weft.routing.Authorizer;
import dev.weft.routing.Endpoint;
import dev.weft.routing.EndpointSet;
import dev.weft.routing.ServicePort;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An opaque connection's way: identify (done) → authorise → pick → connect → relay → record. The
 * counterpart of {@link RequestPhases} for bytes that nobody reads. Confined to its event loop.
 */
final class ConnectionPhases {
  /** Endpoints that are tried before the client is turned away. */
  private static final int TRIES = 3;

  private final Accepted connection;
  private final Origin origin;
  private final List<Endpoint> tried = new ArrayList<>(1);
  private @Nullable Endpoint joined;

  ConnectionPhases(Accepted connection) {
    this.connection = connection;
    this.origin = connection.origin();
  }

  void run() {
    connection.channel().config().setAutoRead(false); // nobody takes the bytes yet
    Sniffer.hold(connection); // a FIN is read all the same, and what came before it
    if (!authorised()) {
      connection.refuse("POLICY_DENIED");
      return;
    }
    connect();
  }

  private boolean authorised() {
    Authorizer authorizer = authorizer();
    return !origin.isStranger()
        && (authorizer.isUnrestricted()
            || !(authorizer.authorize(origin) instanceof Authorization.Denied));
  }

  /**
   * Nobody asks for anything on a connection like this that could be refused later; so the
   * connection is. One whose Service or endpoint has gone is left to end by itself.
   */
  void reconsider() {
    Endpoint endpoint = joined;
    if (endpoint == null || !connection.channel().isActive()) {
      return;
    }
    origin.refresh();
    if (!authorised()
        || !(origin.way(endpoint, false) instanceof Way.Open way)
        || !permitted(way)) {
      connection.refuse("POLICY_DENIED");
    }
  }

  private Authorizer authorizer() {
    return switch (origin.target()) {
      case Target.ServiceTarget(ServicePort port) -> origin.tables().authorizer(port.key());
      case Target.PodTarget(WorkloadInfo pod, _) ->
          origin.side() == Side.INBOUND ? origin.tables().authorizer(pod) : Authorizer.UNRESTRICTED;
      case Target.GatewayTarget _, Target.UnknownTarget _ -> Authorizer.UNRESTRICTED;
    };
  }

  private @Nullable Endpoint pick() {
    return switch (origin.target()) {
      case Target.ServiceTarget(ServicePort port) -> {
        EndpointSet endpoints = port.endpoints();
        Balancer balancer = origin.loop().balancer();
        yield port.clientIpAffinity()
            ? balancer.pickFor(origin.sourceAddress(), endpoints, tried)
            : balancer.pick(endpoints, tried, origin.loop().tools().ticker().coarse());
      }
      case Target.PodTarget pod -> origin.pod(pod).get(0);
      case Target.GatewayTarget _, Target.UnknownTarget _ -> null;
    };
  }

  private void connect() {
    Endpoint endpoint = pick();
    if (endpoint == null) {
      connection.refuse("NO_ENDPOINT");
      return;
    }
    tried.add(endpoint);
    switch (origin.way(endpoint, false)) {
      case Way.Closed closed -> connection.refuse(closed.reply().reason());
      case Way.Open way -> {
        if (permitted(way)) {
          connect(endpoint, way);
        } else {
          connection.refuse("POLICY_DENIED");
        }
      }
    }
  }

  /** A pod of this node has no second proxy that would ask its policies. */
  private boolean permitted(Way.Open way) {
    if (origin.side() == Side.INBOUND || way.local() == null) {
      return true;
    }
    Authorizer authorizer = origin.tables().authorizer(way.local());
    return authorizer.isUnrestricted()
        || !(authorizer.authorize(new Arrival(origin, origin, way.hop().port()))
            instanceof Authorization.Denied);
  }

  private void connect(Endpoint endpoint, Way.Open way) {
    origin
        .loop()
        .upstreams()
        .raw(
            way.hop(),
            new Connector.Opened() {
              @Override
              public void opened(Channel server) {
                relay(endpoint, server);
              }

              @Override
              public void failed(Failure failure) {
                origin.loop().balancer().shun(endpoint, origin.loop().tools().ticker().coarse());
                again(failure);
              }
            });
  }

  private void again(Failure failure) {
    int endpoints =
        origin.target() instanceof Target.ServiceTarget(ServicePort port)
            ? port.endpoints().size()
            : 1;
    if (failure.unsent() && tried.size() < Math.min(TRIES, endpoints)) {
      connect();
    } else {
      connection.refuse(Replies.of(failure).reason());
    }
  }

  private void relay(Endpoint endpoint, Channel server) {
    Balancer balancer = origin.loop().balancer();
    balancer.begin(endpoint);
    joined = endpoint;
    connection.relayed(Relay.join(connection.channel(), server, () -> balancer.end(endpoint)));
  }
}
