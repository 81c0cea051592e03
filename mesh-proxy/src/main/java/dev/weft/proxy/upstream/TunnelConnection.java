package dev.weft.proxy.upstream;

import dev.weft.identity.PeerIdentity;
import dev.weft.identity.PeerRejectedException;
import dev.weft.identity.SvidContexts;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.Names;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HBONE connection: TLS 1.3 as the source pod, HTTP/2, a CONNECT stream for each connection
 * inside. The server's identity is checked before the first stream. Confined to its event loop.
 */
final class TunnelConnection {
  private static final Logger log = LoggerFactory.getLogger(TunnelConnection.class);

  /** As ztunnel: at most so many streams, whatever the server allows. */
  private static final int MAX_STREAMS = 100;

  /** Receive windows: a stream, and all of them together. */
  static final int STREAM_WINDOW = 1 << 20;

  static final int CONNECTION_WINDOW = 16 << 20;

  private final Hop.Tunnel tunnel;
  private final RandomGenerator random;
  private final Runnable onGone;
  private final List<Waiting> waiting = new ArrayList<>(1);
  private @Nullable Channel channel;
  private boolean ready;
  private boolean gone;
  private int streams;
  private long unusedSince;

  private record Waiting(Hop hop, boolean http, Connector.Opened opened) {}

  TunnelConnection(Hop.Tunnel tunnel, RandomGenerator random, Runnable onGone) {
    this.tunnel = tunnel;
    this.random = random;
    this.onGone = onGone;
  }

  boolean gone() {
    return gone;
  }

  boolean hasRoom() {
    return !gone && streams + waiting.size() < MAX_STREAMS;
  }

  boolean unusedSince(long now, long nanos) {
    if (streams > 0 || !waiting.isEmpty() || unusedSince == 0) {
      unusedSince = now;
    }
    return now - unusedSince > nanos;
  }

  void close() {
    gone = true;
    if (channel != null) {
      channel.close();
    }
  }

  void connect(Connector connector, Hop hop, SvidContexts contexts) {
    connector.connect(
        hop,
        new Connector.Opened() {
          @Override
          public void opened(Channel tcp) {
            channel = tcp;
            secure(tcp, contexts, connector.connectTimeout().toMillis());
          }

          @Override
          public void failed(Failure failure) {
            fail(failure);
          }
        });
  }

  private void secure(Channel tcp, SvidContexts contexts, long timeoutMillis) {
    SslHandler tls = contexts.client().newHandler(tcp.alloc());
    tls.setHandshakeTimeoutMillis(timeoutMillis);
    tcp.pipeline().addLast("tls", tls);
    tcp.closeFuture().addListener(closed -> fail(Failure.RESET));
    tls.handshakeFuture()
        .addListener(
            handshake -> {
              if (!handshake.isSuccess()) {
                log.info(
                    "no mutual TLS with {}: {}", tunnel.expected(), handshake.cause().toString());
                fail(Failure.UNTRUSTED);
              } else if (!trusted(tls)) {
                fail(Failure.UNTRUSTED);
              } else {
                speak(tcp);
              }
            });
  }

  private boolean trusted(SslHandler tls) {
    try {
      PeerIdentity.of(tls.engine().getSession().getPeerCertificates())
          .requireOneOf(Set.of(tunnel.expected()));
      return "h2".equals(tls.applicationProtocol());
    } catch (PeerRejectedException | SSLPeerUnverifiedException e) {
      log.info("refused an HBONE server: {}", e.getMessage());
      return false;
    }
  }

  private void speak(Channel tcp) {
    Http2Settings settings =
        new Http2Settings()
            .pushEnabled(false)
            .initialWindowSize(STREAM_WINDOW)
            .maxHeaderListSize(16 << 10);
    tcp.pipeline()
        .addLast("h2", Http2FrameCodecBuilder.forClient().initialSettings(settings).build())
        .addLast("streams", new Http2MultiplexHandler(new RefusedStream()))
        .addLast("connection", new GoAways());
    ready = true;
    List<Waiting> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(one -> open(one.hop(), one.http(), one.opened()));
  }

  private void fail(Failure failure) {
    if (!gone || !waiting.isEmpty()) {
      gone = true;
      onGone.run();
      List<Waiting> all = List.copyOf(waiting);
      waiting.clear();
      all.forEach(one -> one.opened().failed(failure));
    }
    if (channel != null) {
      channel.close();
    }
  }

  /**
   * Opens a stream.
   *
   * @param http whether HTTP will be spoken in it, which the other side is told
   */
  void open(Hop hop, boolean http, Connector.Opened opened) {
    Channel parent = channel;
    if (!ready || parent == null) {
      waiting.add(new Waiting(hop, http, opened));
      return;
    }
    streams++;
    new Http2StreamChannelBootstrap(parent)
        .handler(new ConnectStream(opened))
        .open()
        .addListener(
            future -> {
              if (!future.isSuccess()) {
                streams--;
                opened.failed(Failure.REFUSED);
                return;
              }
              Http2StreamChannel stream = (Http2StreamChannel) future.getNow();
              stream.closeFuture().addListener(closed -> streams--);
              stream.writeAndFlush(new DefaultHttp2HeadersFrame(request(hop, http), false));
            });
  }

  private Http2Headers request(Hop hop, boolean http) {
    Http2Headers headers = new DefaultHttp2Headers();
    headers.method("CONNECT");
    headers.authority(hop.authority());
    if (!tunnel.baggage().isEmpty()) {
      headers.set("baggage", tunnel.baggage());
    }
    headers.set("forwarded", "for=\"" + dev.weft.routing.Ipv4.text(hop.source()) + "\"");
    headers.set(Names.TRACEPARENT, traceparent());
    if (http) {
      headers.set(Names.WEFT_CONTENT, Names.HTTP);
    }
    return headers;
  }

  /** A trace of its own for each connection, unsampled, as ztunnel sends it. */
  private String traceparent() {
    HexFormat hex = HexFormat.of();
    return "00-"
        + hex.toHexDigits(random.nextLong())
        + hex.toHexDigits(random.nextLong())
        + "-"
        + hex.toHexDigits(random.nextLong() | 1)
        + "-00";
  }

  /** The server says no new streams. */
  private final class GoAways extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof Http2GoAwayFrame) {
        gone = true;
        onGone.run();
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("an HBONE connection broke: {}", cause.toString());
      ctx.close();
    }
  }

  /** A server may not open streams: push is off. */
  private static final class RefusedStream extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel stream) {
      stream.close();
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }
}
