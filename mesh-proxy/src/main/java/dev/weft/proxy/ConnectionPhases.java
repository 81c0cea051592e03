package dev.weft.proxy;

import dev.weft.proxy.http.Failure;
import dev.weft.proxy.upstream.Connector;
import dev.weft.routing.BackendTls;
import dev.weft.routing.Endpoint;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An opaque connection's way: identify (done) → authorise → route → pick → connect → relay →
 * record. The counterpart of {@link RequestPhases} for bytes that nobody reads. Confined to its
 * event loop.
 */
final class ConnectionPhases {
  /** Endpoints that are tried before the client is turned away. */
  private static final int TRIES = 3;

  private final Accepted connection;
  private final Origin origin;
  private final List<Endpoint> tried = new ArrayList<>(1);
  private @Nullable Joined joined;

  /** Whom the client is coupled to. */
  private record Joined(Endpoint endpoint, BackendTls tls) {}

  ConnectionPhases(Accepted connection) {
    this.connection = connection;
    this.origin = connection.origin();
  }

  void run() {
    connection.channel().config().setAutoRead(false); // nobody takes the bytes yet
    Sniffer.hold(connection); // a FIN is read all the same, and what came before it
    switch (Opening.of(origin)) {
      case Opening.Refused(String reason) -> connection.refuse(reason);
      case Opening.To to -> connect(to);
    }
  }

  /**
   * Nobody asks for anything on a connection like this that could be refused later; so the
   * connection is. One whose route, Service or endpoint has gone is left to end by itself.
   */
  void reconsider() {
    Joined to = joined;
    if (to == null || !connection.channel().isActive()) {
      return;
    }
    origin.refresh();
    if (!Opening.authorised(origin)
        || !(origin.way(to.endpoint, false, to.tls) instanceof Way.Open way)
        || !Opening.permitted(origin, way)) {
      connection.refuse("POLICY_DENIED");
    }
  }

  private void connect(Opening.To to) {
    Endpoint endpoint = to.pick(origin, tried);
    if (endpoint == null) {
      connection.refuse(Opening.NO_ENDPOINT.reason());
      return;
    }
    tried.add(endpoint);
    switch (origin.way(endpoint, false, to.tls())) {
      case Way.Closed closed -> connection.refuse(closed.reply().reason());
      case Way.Open way -> {
        if (Opening.permitted(origin, way)) {
          connect(to, endpoint, way);
        } else {
          connection.refuse(Opening.POLICY_DENIED.reason());
        }
      }
    }
  }

  private void connect(Opening.To to, Endpoint endpoint, Way.Open way) {
    origin
        .loop()
        .upstreams()
        .raw(
            way.hop(),
            new Connector.Opened() {
              @Override
              public void opened(Channel server) {
                relay(to, endpoint, server);
              }

              @Override
              public void failed(Failure failure) {
                origin.loop().balancer().shun(endpoint, origin.loop().tools().ticker().coarse());
                again(to, failure);
              }
            });
  }

  private void again(Opening.To to, Failure failure) {
    if (failure.unsent() && tried.size() < Math.min(TRIES, to.endpoints().size())) {
      connect(to);
    } else {
      connection.refuse(Replies.of(failure).reason());
    }
  }

  private void relay(Opening.To to, Endpoint endpoint, Channel server) {
    Balancer balancer = origin.loop().balancer();
    balancer.begin(endpoint);
    joined = new Joined(endpoint, to.tls());
    connection.relayed(Relay.join(connection.channel(), server, () -> balancer.end(endpoint)));
  }
}
