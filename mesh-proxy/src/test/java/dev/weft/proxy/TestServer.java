package dev.weft.proxy;

import dev.weft.proxy.http.Flusher;
import dev.weft.proxy.http.H1ServerConnection;
import dev.weft.proxy.http.H2ServerConnection;
import dev.weft.proxy.http.HttpLimits;
import dev.weft.proxy.http.LoopTools;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.RequestReceiver;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.Ticker;
import dev.weft.proxy.http.Trailers;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** A server behind the proxy, HTTP/1.1 or HTTP/2; answers whole requests with what a test says. */
final class TestServer implements AutoCloseable {

  /** A request that has come completely; its bytes as Latin-1. */
  record Request(RequestHead head, String text, Map<String, String> trailers, ServerStream answer) {
    /** Answers with a text. */
    void reply(int status, String text) {
      ResponseHead response = ResponseHead.of(status);
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      response.set("content-length", Integer.toString(bytes.length));
      answer.head(response, bytes.length == 0);
      if (bytes.length > 0) {
        answer.data(Unpooled.wrappedBuffer(bytes), true);
      }
    }
  }

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final BiConsumer<TestServer, Request> handler;
  private final boolean http2;
  private final @Nullable SslContext tls;
  private final LoopTools tools;
  private final Channel listener;
  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();
  final List<Channel> open = new CopyOnWriteArrayList<>();

  /** Server names that clients asked for, in TLS. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /** What clients showed, or "". */
  final List<String> shown = new CopyOnWriteArrayList<>();

  private TestServer(String address, boolean http2, BiConsumer<TestServer, Request> handler) {
    this(address, http2, null, handler);
  }

  private TestServer(
      String address,
      boolean http2,
      @Nullable SslContext tls,
      BiConsumer<TestServer, Request> handler) {
    this.tls = tls;
    this.handler = handler;
    this.http2 = http2;
    EventLoop loop = group.next();
    this.tools =
        new LoopTools(
            new Flusher(loop), new Ticker(MonotonicClock.INSTANCE), HttpLimits.defaults());
    this.listener =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                })
            .bind(address, 0)
            .syncUninterruptibly()
            .channel();
  }

  static TestServer http1(BiConsumer<TestServer, Request> handler) {
    return new TestServer("127.0.0.1", false, handler);
  }

  static TestServer http2(BiConsumer<TestServer, Request> handler) {
    return new TestServer("127.0.0.1", true, handler);
  }

  static TestServer at(String address, boolean http2, BiConsumer<TestServer, Request> handler) {
    return new TestServer(address, http2, handler);
  }

  /** Over TLS. */
  static TestServer tls(SslContext tls, boolean http2, BiConsumer<TestServer, Request> handler) {
    return tls("127.0.0.1", tls, http2, handler);
  }

  static TestServer tls(
      String address, SslContext tls, boolean http2, BiConsumer<TestServer, Request> handler) {
    return new TestServer(address, http2, tls, handler);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  private void accept(Channel channel) {
    connections.incrementAndGet();
    open.add(channel);
    if (tls != null) {
      SslHandler handshake = tls.newHandler(channel.alloc());
      channel.pipeline().addLast(handshake);
      handshake
          .handshakeFuture()
          .addListener(done -> note((ExtendedSSLSession) handshake.engine().getSession()));
    }
    if (http2) {
      H2ServerConnection.install(channel.pipeline(), tools, this::request);
    } else {
      H1ServerConnection.install(channel.pipeline(), tools, this::request);
    }
  }

  private void note(ExtendedSSLSession session) {
    session.getRequestedServerNames().stream()
        .map(name -> ((SNIHostName) name).getAsciiName())
        .forEach(asked::add);
    try {
      shown.add(session.getPeerPrincipal().getName());
    } catch (SSLPeerUnverifiedException e) {
      shown.add("");
    }
  }

  private RequestReceiver request(RequestHead head, boolean end, ServerStream answer) {
    requests.incrementAndGet();
    if (end) {
      handler.accept(this, new Request(head, "", Map.of(), answer));
      return new Collector(head, answer);
    }
    return new Collector(head, answer);
  }

  private final class Collector implements RequestReceiver {
    private final RequestHead head;
    private final ServerStream answer;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    Collector(RequestHead head, ServerStream answer) {
      this.head = head;
      this.answer = answer;
    }

    @Override
    public void data(ByteBuf data, boolean end) {
      int length = data.readableBytes();
      body.writeBytes(ByteBufUtil.getBytes(data));
      data.release();
      answer.consumed(length);
      if (end) {
        handler.accept(
            TestServer.this,
            new Request(head, body.toString(StandardCharsets.ISO_8859_1), Map.of(), answer));
      }
    }

    @Override
    public void trailers(Trailers trailers) {
      Map<String, String> fields = new java.util.TreeMap<>();
      trailers.http1().forEach(field -> fields.put(field.getKey(), field.getValue()));
      handler.accept(
          TestServer.this,
          new Request(head, body.toString(StandardCharsets.ISO_8859_1), fields, answer));
    }

    @Override
    public void cancelled() {}

    @Override
    public void writable() {}
  }

  /** Breaks every connection. */
  void closeConnections() {
    open.forEach(channel -> channel.close().syncUninterruptibly());
    open.clear();
  }

  /** Refuses connections from now on. */
  void stop() {
    listener.close().syncUninterruptibly();
    closeConnections();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    closeConnections();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
