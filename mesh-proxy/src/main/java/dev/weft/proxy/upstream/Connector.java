package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.LoopReads;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Opens TCP connections, and sockets for datagrams, from the addresses and with the marks that the
 * datapath expects. Confined to its event loop.
 */
public final class Connector {
  private static final int SOL_SOCKET = 1;
  private static final int SO_MARK = 36;
  private static final int IPPROTO_IP = 0;

  /** include/uapi/linux/in.h; since Linux 6.3. */
  private static final int IP_LOCAL_PORT_RANGE = 51;

  /** Source ports that pods never use: 61000 to 65535, so that no 4-tuple is claimed twice. */
  private static final int PORTS = 65535 << 16 | 61000;

  /**
   * Room for a datagram: more than a jumbo frame carries, so that one which fills it was cut short.
   */
  public static final int DATAGRAM_BUFFER = 9217;

  private static final ChannelOption<Integer> MARK =
      new IntegerUnixChannelOption("SO_MARK", SOL_SOCKET, SO_MARK);
  private static final ChannelOption<Integer> PORT_RANGE =
      new IntegerUnixChannelOption("IP_LOCAL_PORT_RANGE", IPPROTO_IP, IP_LOCAL_PORT_RANGE);

  /** Who hears of a connection that was asked for. */
  public interface Opened {
    /** The connection is open; its pipeline is empty, unless a tunnel or TLS is part of it. */
    void opened(Channel channel);

    /** There will be none. */
    void failed(Failure failure);
  }

  /**
   * How sockets are made.
   *
   * @param transparent bind to addresses that are not ours, and set SO_MARK
   * @param bindSource bind to the source at all
   */
  public record SocketOptions(boolean transparent, boolean bindSource, Duration connectTimeout) {}

  private final EventLoop loop;
  private final LoopReads reads;
  private final SocketOptions options;

  /** A connector of this loop. */
  public Connector(EventLoop loop, LoopReads reads, SocketOptions options) {
    this.loop = loop;
    this.reads = reads;
    this.options = options;
  }

  EventLoop loop() {
    return loop;
  }

  Duration connectTimeout() {
    return options.connectTimeout();
  }

  /** Connects by plain TCP to a hop's first address; the caller adds what is spoken. */
  public void connect(Hop hop, Opened opened) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, reads)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(options.connectTimeout().toMillis()))
            .handler(new Empty());
    boolean bind = options.bindSource() && hop.source() != 0;
    if (bind) {
      bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
    }
    if (options.transparent()) {
      bootstrap.option(MARK, hop.mark());
    }
    if (bind && options.transparent()) {
      bootstrap.option(EpollChannelOption.IP_TRANSPARENT, true).option(PORT_RANGE, PORTS);
    }
    ChannelFuture connecting =
        bind
            ? bootstrap.connect(hop.remote(), new InetSocketAddress(Addresses.of(hop.source()), 0))
            : bootstrap.connect(hop.remote());
    connecting.addListener(
        future -> {
          if (future.isSuccess()) {
            opened.opened(connecting.channel());
          } else {
            opened.failed(
                future.cause() instanceof ConnectTimeoutException
                    ? Failure.CONNECT_TIMEOUT
                    : Failure.CONNECT);
          }
        });
  }

  /**
   * A socket for datagrams to a hop's server and back, connected: what the server's host refuses is
   * heard of.
   *
   * @param handler gets {@code DatagramPacket}s
   * @throws IOException if the system has none to give
   */
  public Channel datagrams(Hop hop, ChannelHandler handler) throws IOException {
    EpollDatagramChannel channel = new EpollDatagramChannel(SocketProtocolFamily.INET);
    channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(DATAGRAM_BUFFER));
    channel.pipeline().addLast(handler);
    boolean bind = options.bindSource() && hop.source() != 0;
    if (options.transparent()) {
      channel.config().setOption(MARK, hop.mark());
    }
    if (bind && options.transparent()) {
      channel.config().setOption(EpollChannelOption.IP_TRANSPARENT, true);
    }
    loop.register(channel);
    ChannelFuture connecting =
        bind
            ? channel.connect(hop.remote(), new InetSocketAddress(Addresses.of(hop.source()), 0))
            : channel.connect(hop.remote());
    // On its own loop nothing of this waits.
    if (!connecting.isSuccess()) {
      channel.close();
      throw new IOException("cannot send datagrams to " + hop.authority(), connecting.cause());
    }
    return channel;
  }

  /** Bootstrap wants a handler. */
  private static final class Empty extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      // What is spoken is added when the connection is open.
    }
  }
}
