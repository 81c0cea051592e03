package dev.weft.proxy;

import dev.weft.identity.PeerIdentity;
import dev.weft.proxy.http.H1ServerConnection;
import dev.weft.proxy.http.H2ServerConnection;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.ConnectionEvent.Kind;
import dev.weft.proxy.observe.Side;
import dev.weft.proxy.upstream.Addresses;
import dev.weft.routing.AppProtocol;
import dev.weft.routing.GatewayPort;
import dev.weft.routing.ServicePort;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection that was accepted, or the inside of an HBONE stream: decides by where it was going
 * what is spoken on it. Confined to its event loop.
 */
final class Accepted implements ProxyLoop.Drainable {
  private final ProxyLoop loop;
  private final Channel channel;
  private final Shares.Usage usage;
  private final Origin.Ends ends;
  private Origin origin;
  private Runnable drain = () -> {};
  private Runnable reconsider = () -> {};
  private boolean opened;
  private Relay.@Nullable Pair relay;

  private Accepted(ProxyLoop loop, Channel channel, Origin.Ends ends, boolean outsider) {
    this.loop = loop;
    this.channel = channel;
    this.ends = ends;
    this.usage = loop.shares().opened(ends.source(), outsider);
    this.origin = new Origin(loop, ends, usage);
    loop.add(this);
    channel.closeFuture().addListener(closed -> ended());
  }

  /** Takes a connection that a listener accepted. */
  static void begin(ProxyLoop loop, ProxyOptions.Listen listen, Channel channel) {
    SocketAddress to = listen.destination() == null ? channel.localAddress() : listen.destination();
    int address = Addresses.of(to);
    int port = Addresses.port(to);
    Side side =
        switch (listen.kind()) {
          case OUTBOUND ->
              loop.tables().target(address, port) instanceof Target.GatewayTarget
                  ? Side.GATEWAY
                  : Side.OUTBOUND;
          case INBOUND, HBONE, DATAGRAMS -> Side.INBOUND;
        };
    int source = Addresses.of(channel.remoteAddress());
    Accepted accepted =
        new Accepted(
            loop,
            channel,
            new Origin.Ends(side, source, address, port, null, null, false, false),
            side == Side.GATEWAY && loop.tables().workload(source) == null);
    if (!loop.shares().fits(accepted.usage)) {
      accepted.refuse("OVERLOADED");
    } else if (listen.kind() == ProxyOptions.Kind.HBONE) {
      HboneServer.begin(accepted);
    } else {
      accepted.opened();
      accepted.dispatch();
    }
  }

  /** Takes the inside of an HBONE stream, on which the pod's policies read HTTP if it is spoken. */
  static void inside(ProxyLoop loop, Channel stream, Origin.Ends ends) {
    Accepted accepted = new Accepted(loop, stream, ends, false);
    accepted.opened();
    Sniffer.install(accepted, true);
  }

  private void dispatch() {
    switch (origin.target()) {
      case Target.ServiceTarget(ServicePort port) -> service(port);
      case Target.GatewayTarget(GatewayPort port) -> gateway(port);
      case Target.PodTarget(WorkloadInfo pod, _) -> pod(pod);
      case Target.UnknownTarget _ -> refuse("UNKNOWN_DESTINATION");
    }
  }

  private void service(ServicePort port) {
    AppProtocol protocol = port.appProtocol();
    if (protocol == AppProtocol.HTTP2) {
      http2();
    } else if (protocol.opaque()) {
      opaque();
    } else {
      boolean mayBeOpaque = protocol == AppProtocol.SNIFFED && !port.l7();
      Sniffer.install(this, mayBeOpaque);
    }
  }

  private void gateway(GatewayPort port) {
    switch (port.listeners().getFirst().protocol()) {
      case HTTPS, TLS, TLS_PASSTHROUGH -> GatewayHandshake.install(this, port);
      case HTTP -> Sniffer.install(this, false);
      case TCP -> opaque(); // never sniffed: the server may speak first
      case UDP -> refuse("NO_ROUTE");
    }
  }

  private void pod(WorkloadInfo pod) {
    if (ends.side() == Side.INBOUND && !origin.local(pod)) {
      refuse("UNKNOWN_DESTINATION");
    } else if (origin.tables().authorizer(pod).needsHttp() && origin.local(pod)) {
      Sniffer.install(this, true);
    } else {
      opaque();
    }
  }

  // ---- what is spoken

  void http1() {
    H1ServerConnection connection =
        H1ServerConnection.install(channel.pipeline(), loop.tools(), new RequestPhases(origin));
    speaks(connection::drain);
  }

  void http2() {
    H2ServerConnection connection =
        H2ServerConnection.install(channel.pipeline(), loop.tools(), new RequestPhases(origin));
    speaks(connection::drain);
  }

  void opaque() {
    ConnectionPhases phases = new ConnectionPhases(this);
    reconsider = phases::reconsider;
    phases.run();
  }

  private void speaks(Runnable draining) {
    drain = draining;
    if (loop.draining()) {
      draining.run();
    }
  }

  /**
   * The same connection, with the server name that the client asked for.
   *
   * @param tls whether its TLS ends here
   */
  void named(@Nullable String sni, boolean tls) {
    origin =
        new Origin(
            loop,
            new Origin.Ends(
                ends.side(), ends.source(), ends.address(), ends.port(), null, sni, tls, false),
            usage);
  }

  /** Mutual TLS is done. */
  Origin.Ends proven(PeerIdentity peer, int port) {
    return new Origin.Ends(
        Side.INBOUND, ends.source(), ends.address(), port, peer, null, true, false);
  }

  // ---- life

  void opened() {
    opened = true;
    loop.observer().connection(event(Kind.OPENED, null));
  }

  /** Closes with a reset, and no TLS alert before it: nobody shall take it for an answer. */
  void refuse(String reason) {
    loop.observer().connection(event(Kind.REFUSED, reason));
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
    if (tls == null) {
      channel.close();
    } else {
      tls.close();
    }
  }

  /** A stream of this connection was refused; the connection goes on. */
  void refusedInside(String reason) {
    loop.observer().connection(event(Kind.REFUSED, reason));
  }

  /** Bytes are relayed unread. */
  void relayed(Relay.Pair pair) {
    relay = pair;
  }

  private void ended() {
    loop.shares().closed(usage);
    if (opened) {
      loop.observer().connection(event(Kind.CLOSED, null));
    }
    loop.remove(this); // last: a drain that waits for it ends here
  }

  private ConnectionEvent event(Kind kind, @Nullable String reason) {
    return new ConnectionEvent(
        ends.side(),
        false,
        kind,
        origin.peer(),
        origin.destination(),
        reason,
        relay == null ? 0 : relay.fromClient(),
        relay == null ? 0 : relay.fromServer());
  }

  @Override
  public void drain() {
    drain.run();
  }

  @Override
  public void reconsider() {
    reconsider.run();
  }

  @Override
  public void close() {
    channel.close();
  }

  ProxyLoop loop() {
    return loop;
  }

  Channel channel() {
    return channel;
  }

  Origin origin() {
    return origin;
  }

  Origin.Ends ends() {
    return ends;
  }
}
