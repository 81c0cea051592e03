package dev.weft.cli.echo;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The listening ports of one echo process. One event loop: a workload of the lab shares two cores
 * with all others.
 */
public final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 4096;

  private final EventLoopGroup group;
  private final List<Channel> listeners = new ArrayList<>();
  private final Map<String, List<Integer>> bound = new LinkedHashMap<>();

  private EchoServer(EventLoopGroup group) {
    this.group = group;
  }

  /**
   * Opens every port.
   *
   * @throws IOException if a port is taken or a TLS file is unreadable; nothing stays open then
   */
  public static EchoServer start(EchoOptions options) throws IOException {
    EchoServer server =
        new EchoServer(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()));
    try {
      server.open(options);
      return server;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private void open(EchoOptions options) throws IOException {
    EchoService service = new EchoService(options, new Forwarder());
    EchoOptions.Ports ports = options.ports();
    for (int port : ports.http()) {
      listen("http", port, () -> new ProtocolSniffer(service, false));
    }
    if (!ports.tls().isEmpty()) {
      EchoTls tls = EchoTls.load(options);
      for (int port : ports.tls()) {
        listen("tls", port, () -> tls.handler(service));
      }
    }
    for (int port : ports.tcp()) {
      listen("tcp", port, () -> new TcpEchoHandler(""));
    }
    for (int port : ports.serverFirst()) {
      listen(
          "server-first", port, () -> new TcpEchoHandler("220 " + options.name() + " ready\r\n"));
    }
    for (int port : ports.udp()) {
      Bootstrap bootstrap =
          new Bootstrap()
              .group(group)
              .channel(NioDatagramChannel.class)
              .handler(new UdpEchoHandler());
      keep("udp", await(bootstrap.bind(port), port));
    }
  }

  private void listen(String protocol, int port, Supplier<ChannelHandler> handler)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(handler.get());
                  }
                });
    keep(protocol, await(bootstrap.bind(port), port));
  }

  private static Channel await(io.netty.channel.ChannelFuture bind, int port) throws IOException {
    bind.awaitUninterruptibly();
    if (!bind.isSuccess()) {
      throw new IOException(
          "cannot listen on port " + port + ": " + bind.cause().getMessage(), bind.cause());
    }
    return bind.channel();
  }

  private void keep(String protocol, Channel channel) {
    listeners.add(channel);
    bound
        .computeIfAbsent(protocol, p -> new ArrayList<>())
        .add(((InetSocketAddress) channel.localAddress()).getPort());
  }

  /**
   * Ports by protocol ("http", "tls", "tcp", "server-first", "udp"), in the order of the options.
   */
  public Map<String, List<Integer>> ports() {
    return Map.copyOf(bound);
  }

  /** Returns when {@link #close} was called or every listener is gone. */
  public void awaitClosed() throws InterruptedException {
    for (Channel listener : listeners) {
      listener.closeFuture().await();
    }
  }

  /** Closes listeners first, then gives open requests a moment to finish. */
  @Override
  public void close() {
    for (Channel listener : listeners) {
      listener.close().awaitUninterruptibly();
    }
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
