package dev.weft.proxy;

import dev.weft.identity.GatewayTls;
import dev.weft.identity.SvidSource;
import dev.weft.proxy.observe.ProxyObserver;
import dev.weft.routing.ProxyTables;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The layer 7 proxy of a node. Any thread may call it but its own event loops; calls are quick,
 * apart from {@link #drain} and {@link #close}, which wait.
 */
public final class MeshProxy implements AutoCloseable {
  private static final int TICK_MILLIS = 250;

  private final EventLoopGroup group;
  private final List<ProxyLoop> loops = new ArrayList<>();
  private final List<Channel> listeners = new ArrayList<>();
  private final GatewayContexts gateways = new GatewayContexts();
  private final Set<GatewayTls> retired = ConcurrentHashMap.newKeySet();
  private final ExecutorService contextMaker =
      Executors.newSingleThreadExecutor(new DefaultThreadFactory("proxy-tls", true));
  private volatile ProxyTables tables = ProxyTables.empty();

  private MeshProxy(int loops) {
    group =
        new MultiThreadIoEventLoopGroup(
            loops, new DefaultThreadFactory("proxy", true), EpollIoHandler.newFactory());
  }

  /**
   * Starts to listen.
   *
   * @param identities of the pods of this node
   * @param observer hears of everything, on event loops
   * @param initial the tables of the first connections; with empty ones they are refused
   * @throws IOException if an address cannot be listened on
   */
  public static MeshProxy start(
      ProxyOptions options, SvidSource identities, ProxyObserver observer, ProxyTables initial)
      throws IOException {
    MeshProxy proxy = new MeshProxy(options.loops());
    try {
      proxy.apply(initial);
      proxy.open(options, identities, observer);
      return proxy;
    } catch (IOException | RuntimeException e) {
      proxy.close();
      throw e;
    }
  }

  private void open(ProxyOptions options, SvidSource identities, ProxyObserver observer)
      throws IOException {
    ProxyLoop.Shared shared =
        new ProxyLoop.Shared(options, identities, observer, () -> tables, gateways, contextMaker);
    for (EventExecutor executor : group) {
      EventLoop eventLoop = (EventLoop) executor;
      ProxyLoop loop = new ProxyLoop(eventLoop, shared, options.machine().random().nextLong());
      loops.add(loop);
      eventLoop.scheduleWithFixedDelay(loop::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }
    for (ProxyOptions.Listen listen : options.listens()) {
      InetSocketAddress address = listen.address();
      for (ProxyLoop loop : loops) {
        Channel bound = bind(loop, listen, address);
        listeners.add(bound);
        // A port chosen by the kernel for the first loop is everyone's.
        address = (InetSocketAddress) bound.localAddress();
      }
    }
  }

  private static Channel bind(ProxyLoop loop, ProxyOptions.Listen listen, InetSocketAddress address)
      throws IOException {
    if (listen.kind() == ProxyOptions.Kind.DATAGRAMS) {
      return Datagrams.bind(loop, listen, address);
    }
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop.loop(), loop.loop())
            .channel(EpollServerSocketChannel.class)
            .option(EpollChannelOption.SO_REUSEPORT, true)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(EpollChannelOption.TCP_KEEPIDLE, 180)
            .childOption(EpollChannelOption.TCP_USER_TIMEOUT, 60_000)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, loop.reads())
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    Accepted.begin(loop, listen, channel);
                  }
                });
    if (listen.transparent()) {
      bootstrap.option(EpollChannelOption.IP_TRANSPARENT, true);
    }
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + address + " for " + listen.kind() + " connections", bound.cause());
    }
    return bound.channel();
  }

  /** Where the listeners are, in the order of the options: for ports chosen by the kernel. */
  public List<InetSocketAddress> addresses() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int i = 0; i < listeners.size(); i += loops.size()) {
      addresses.add((InetSocketAddress) listeners.get(i).localAddress());
    }
    return addresses;
  }

  /** Makes every request from now on use these tables. Called by one thread at a time. */
  public void apply(ProxyTables next) {
    gateways.prepare(next, this::retire);
    tables = next;
  }

  /** The tables that requests use now. */
  public ProxyTables tables() {
    return tables;
  }

  private void retire(GatewayTls tls) {
    retired.add(tls);
    // Some event loop may be about to open a handler with it.
    group.schedule(
        () -> {
          retired.remove(tls);
          tls.close();
        },
        1,
        TimeUnit.MINUTES);
  }

  /**
   * Takes no new connections, lets requests finish, and tells clients to go elsewhere.
   *
   * @return whether every connection was over within {@code limit}
   */
  public boolean drain(Duration limit) throws InterruptedException {
    listeners.forEach(listener -> listener.close().awaitUninterruptibly());
    CompletableFuture<?>[] drained =
        loops.stream().map(MeshProxy::drain).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(drained).get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("draining failed", e.getCause());
    }
  }

  private static CompletableFuture<Void> drain(ProxyLoop loop) {
    CompletableFuture<Void> empty = new CompletableFuture<>();
    loop.loop().execute(() -> loop.drain(empty));
    return empty;
  }

  /** Stops at once; what is under way is broken off. */
  @Override
  public void close() {
    listeners.forEach(listener -> listener.close().awaitUninterruptibly());
    for (ProxyLoop loop : loops) {
      loop.loop().submit(loop::close).awaitUninterruptibly();
    }
    contextMaker.shutdown();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    gateways.close();
    retired.forEach(GatewayTls::close);
    loops.forEach(loop -> loop.reads().release());
  }
}
