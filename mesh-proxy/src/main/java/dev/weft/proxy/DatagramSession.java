package dev.weft.proxy;

import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.ConnectionEvent.Kind;
import dev.weft.proxy.observe.Side;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.Hop;
import dev.weft.routing.Endpoint;
import dev.weft.routing.ServiceKey;
import dev.weft.routing.ServicePort;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one client address and port: all go to the server that was chosen for the first,
 * and its answers come from the address that the client sent to. Handles what the server sends.
 * Where nothing may be sent it remembers that. Confined to its event loop.
 */
final class DatagramSession extends ChannelInboundHandlerAdapter
    implements SessionTable.Session, ProxyLoop.Drainable {
  private final Datagrams owner;
  private final SessionTable.Key key;
  private final ReplySockets.Reply reply;
  private final InetSocketAddress client;
  private final Origin origin;
  private @Nullable Goal goal;
  private boolean unflushed;
  private boolean over;
  private long fromClient;
  private long fromServer;

  /** Where the datagrams go. */
  private record Goal(Channel server, Endpoint endpoint, ServiceKey service) {}

  private DatagramSession(Datagrams owner, SessionTable.Key key, ReplySockets.Reply reply) {
    this.owner = owner;
    this.key = key;
    this.reply = reply;
    this.client = Hop.socket(key.address(), key.port());
    this.origin =
        new Origin(
            owner.loop(),
            new Origin.Ends(
                Side.GATEWAY,
                key.address(),
                key.gateway(),
                key.gatewayPort(),
                null,
                null,
                false,
                true),
            Shares.uncounted(key.address()));
  }

  /** Chooses a server, or refuses. */
  static DatagramSession begin(Datagrams owner, SessionTable.Key key, ReplySockets.Reply reply) {
    DatagramSession session = new DatagramSession(owner, key, reply);
    reply.begin();
    owner.loop().add(session);
    String refusal = session.open();
    session.tell(refusal == null ? Kind.OPENED : Kind.REFUSED, refusal);
    return session;
  }

  /** The reason for a refusal; null when datagrams can be sent. */
  private @Nullable String open() {
    Opening.To to;
    switch (Opening.of(origin)) {
      case Opening.Refused(String reason) -> {
        return reason;
      }
      case Opening.To found -> to = found;
    }
    Endpoint endpoint = to.pick(origin, List.of());
    ServicePort service = to.service();
    if (endpoint == null || service == null) {
      return Opening.NO_ENDPOINT.reason();
    }
    return switch (origin.way(endpoint, false)) {
      case Way.Closed closed -> closed.reply().reason();
      case Way.Open way ->
          Opening.permitted(origin, way)
              ? connect(way.hop(), endpoint, service.key())
              : Opening.POLICY_DENIED.reason();
    };
  }

  private @Nullable String connect(Hop hop, Endpoint endpoint, ServiceKey service) {
    try {
      goal = new Goal(owner.loop().upstreams().datagrams(hop, this), endpoint, service);
      owner.loop().balancer().begin(endpoint);
      return null;
    } catch (IOException e) {
      return "OVERLOADED";
    }
  }

  @Override
  public SessionTable.Key key() {
    return key;
  }

  // ---- from the client

  /** Passes a datagram on, or lets it go: nobody may wait for a server that does not read. */
  void toServer(ByteBuf data) {
    Goal to = goal;
    if (to == null || !to.server.isWritable()) {
      data.release();
      return;
    }
    fromClient += data.readableBytes();
    to.server.write(data, to.server.voidPromise());
    if (!unflushed) {
      unflushed = true;
      owner.unflushed(this);
    }
  }

  void flush() {
    unflushed = false;
    Goal to = goal;
    if (to != null) {
      to.server.flush();
    }
  }

  // ---- from the server

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    boolean sent = false;
    if (message instanceof DatagramPacket packet) {
      int length = packet.content().readableBytes();
      if (!over && length < Connector.DATAGRAM_BUFFER) {
        fromServer += length;
        owner.answered(this);
        sent = reply.send(packet.content(), client);
      }
    }
    if (!sent) {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Anything else is the loss of one datagram.
    Goal to = goal;
    if (cause instanceof PortUnreachableException && to != null) {
      owner.loop().balancer().shun(to.endpoint, owner.loop().tools().ticker().coarse());
      owner.end(this); // the client's next datagram chooses again
    }
  }

  // ---- life

  /** What was refused is asked again with the next datagram; what is no longer allowed ends. */
  @Override
  public void reconsider() {
    origin.refresh();
    Goal to = goal;
    if (to == null || !Opening.stands(origin, to.service, to.endpoint)) {
      owner.end(this);
    }
  }

  @Override
  public void evicted() {
    if (over) {
      return;
    }
    over = true;
    reply.end(owner.loop().tools().ticker().coarse());
    Goal to = goal;
    if (to != null) {
      to.server.close();
      owner.loop().balancer().end(to.endpoint);
      tell(Kind.CLOSED, null);
    }
    owner.loop().remove(this); // last: a drain that waits for it ends here
  }

  /** Nothing says that a client has finished but silence: see {@link Datagrams#tick}. */
  @Override
  public void drain() {}

  @Override
  public void close() {
    owner.end(this);
  }

  private void tell(Kind kind, @Nullable String reason) {
    owner
        .loop()
        .observer()
        .connection(
            new ConnectionEvent(
                Side.GATEWAY,
                true,
                kind,
                origin.peer(),
                origin.destination(),
                reason,
                fromClient,
                fromServer));
  }
}
