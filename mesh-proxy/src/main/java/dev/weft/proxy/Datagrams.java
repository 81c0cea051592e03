package dev.weft.proxy;

import dev.weft.proxy.http.Ticker;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.Side;
import dev.weft.proxy.upstream.Addresses;
import dev.weft.proxy.upstream.Connector;
import dev.weft.routing.Ipv4;
import dev.weft.routing.Target;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Datagrams to Gateways: one socket of an event loop takes them for every address and port, as the
 * datapath steers them to it, and each belongs to the session of its client. Owned by one event
 * loop.
 */
@Sharable
final class Datagrams extends ChannelInboundHandlerAdapter implements Ticker.Timed {
  private static final Logger log = LoggerFactory.getLogger(Datagrams.class);

  /** Datagrams that one system call fetches (recvmmsg). */
  private static final int BATCH = 16;

  /** While the proxy drains, a client that was silent for this long has finished. */
  private static final long DRAINED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ProxyLoop loop;
  private final ProxyOptions.Listen listen;
  private final SessionTable<DatagramSession> sessions;
  private final ReplySockets replies;
  private final List<DatagramSession> unflushed = new ArrayList<>();
  private int begun;
  private boolean refused;
  private int tickIndex = -1;

  private Datagrams(ProxyLoop loop, ProxyOptions.Listen listen) {
    this.loop = loop;
    this.listen = listen;
    this.sessions = new SessionTable<>(loop.options().datagrams());
    this.replies = new ReplySockets(loop.loop(), loop.tools().flusher(), this);
  }

  /**
   * Listens; any thread.
   *
   * @throws IOException if the address cannot be listened on
   */
  static Channel bind(ProxyLoop loop, ProxyOptions.Listen listen, InetSocketAddress address)
      throws IOException {
    Datagrams datagrams = new Datagrams(loop, listen);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop.loop())
            .channelFactory(
                (ChannelFactory<EpollDatagramChannel>)
                    () -> new EpollDatagramChannel(SocketProtocolFamily.INET))
            .option(EpollChannelOption.SO_REUSEPORT, true)
            .option(ChannelOption.SO_RCVBUF, 4 << 20)
            .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, Connector.DATAGRAM_BUFFER)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(BATCH * Connector.DATAGRAM_BUFFER))
            .handler(datagrams);
    if (listen.transparent()) {
      bootstrap
          .option(EpollChannelOption.IP_TRANSPARENT, true)
          .option(EpollChannelOption.IP_RECVORIGDSTADDR, true);
    }
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot take datagrams at " + address, bound.cause());
    }
    loop.loop().execute(() -> loop.tools().ticker().add(datagrams));
    return bound.channel();
  }

  ProxyLoop loop() {
    return loop;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    DatagramSession session =
        message instanceof DatagramPacket packet ? session(ctx.channel(), packet) : null;
    if (session != null && message instanceof DatagramPacket packet) {
      session.toServer(packet.content());
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  /** Null when the datagram goes nowhere. */
  private @Nullable DatagramSession session(Channel at, DatagramPacket packet) {
    SocketAddress to = listen.destination() == null ? packet.recipient() : listen.destination();
    int client = Addresses.of(packet.sender());
    int length = packet.content().readableBytes();
    if (client == 0 || length == 0 || length >= Connector.DATAGRAM_BUFFER) {
      return null;
    }
    SessionTable.Key key =
        new SessionTable.Key(
            client, packet.sender().getPort(), Addresses.of(to), Addresses.port(to));
    DatagramSession known = sessions.fromClient(key, loop.tools().ticker().coarse());
    return known == null ? begin(key, at) : known;
  }

  private @Nullable DatagramSession begin(SessionTable.Key key, Channel at) {
    // First of all: what is bound below must be a Gateway's, of which there are so many.
    if (!(loop.tables().datagramTarget(key.gateway(), key.gatewayPort())
        instanceof Target.GatewayTarget)) {
      return refuse(key, "UNKNOWN_DESTINATION");
    }
    if (begun >= loop.options().datagrams().perTick() || !sessions.makeRoom(key.address())) {
      return refuse(key, "OVERLOADED");
    }
    begun++;
    ReplySockets.Reply reply;
    try {
      reply =
          listen.transparent()
              ? replies.of(key.gateway(), key.gatewayPort())
              : new ReplySockets.Reply(at, loop.tools().flusher());
    } catch (IOException e) {
      log.warn("a client gets no answers: {}", e.getMessage());
      return refuse(key, "OVERLOADED");
    }
    DatagramSession session = DatagramSession.begin(this, key, reply);
    sessions.add(session, loop.tools().ticker().coarse());
    return session;
  }

  /** Tells of the first in a tick: who floods must not make the observer work for it. */
  private @Nullable DatagramSession refuse(SessionTable.Key key, String reason) {
    if (refused) {
      return null;
    }
    refused = true;
    loop.observer()
        .connection(
            new ConnectionEvent(
                Side.GATEWAY,
                true,
                ConnectionEvent.Kind.REFUSED,
                Peer.unknown(Ipv4.text(key.address())),
                Ipv4.text(key.gateway()) + ":" + key.gatewayPort(),
                reason,
                0,
                0));
    return null;
  }

  void unflushed(DatagramSession session) {
    unflushed.add(session);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    unflushed.forEach(DatagramSession::flush);
    unflushed.clear();
  }

  /** The server has answered. */
  void answered(DatagramSession session) {
    sessions.fromServer(session.key(), loop.tools().ticker().coarse());
  }

  /** Ends a session. */
  void end(DatagramSession session) {
    sessions.remove(session.key());
    session.evicted();
  }

  @Override
  public void tick(long now) {
    begun = 0;
    refused = false;
    sessions.expire(now);
    if (loop.draining()) {
      sessions.expireAll(now - DRAINED_NANOS);
    }
    replies.expire(now);
  }

  @Override
  public int tickIndex() {
    return tickIndex;
  }

  @Override
  public void tickIndex(int index) {
    tickIndex = index;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // One datagram was lost; the socket goes on.
    log.debug("a datagram was lost: {}", cause.toString());
  }
}
