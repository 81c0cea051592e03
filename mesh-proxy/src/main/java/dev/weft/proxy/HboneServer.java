package dev.weft.proxy;

import dev.weft.identity.PeerIdentity;
import dev.weft.identity.PeerRejectedException;
import dev.weft.identity.SvidContexts;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HBONE connection to a pod of this node: mutual TLS with the pod's certificate, then a CONNECT
 * stream for each connection inside. Confined to its event loop.
 */
final class HboneServer extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(HboneServer.class);
  private static final int MAX_STREAMS = 200;
  private static final int STREAM_WINDOW = 1 << 20;

  private final Accepted connection;

  private HboneServer(Accepted connection) {
    this.connection = connection;
  }

  /** Chooses the certificate by the address that the client wanted: the pod's. */
  static void begin(Accepted connection) {
    Origin origin = connection.origin();
    SvidContexts contexts =
        origin.target() instanceof Target.PodTarget(WorkloadInfo pod, _)
                && origin.local(pod)
                && pod.inMesh()
            ? connection.loop().identities().current(connection.loop().spiffeId(pod.spiffeId()))
            : null;
    if (contexts == null) {
      connection.refuse("NO_IDENTITY");
      return;
    }
    Channel channel = connection.channel();
    SslHandler tls = contexts.server().newHandler(channel.alloc());
    tls.setHandshakeTimeoutMillis(connection.loop().options().http().headTimeout().toMillis());
    channel.pipeline().addLast("tls", tls).addLast("hbone", new HboneServer(connection));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        secured(ctx);
      } else {
        PeerRejectedException rejected = PeerRejectedException.in(handshake.cause());
        log.info(
            "refused HBONE from {}: {}",
            connection.origin().peer().address(),
            rejected == null ? handshake.cause().getMessage() : rejected.getMessage());
        connection.refuse(rejected == null ? "TLS_FAILED" : "UNTRUSTED_PEER");
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  private void secured(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    PeerIdentity peer;
    try {
      peer = PeerIdentity.of(tls.engine().getSession().getPeerCertificates());
    } catch (PeerRejectedException | SSLPeerUnverifiedException e) {
      connection.refuse("UNTRUSTED_PEER");
      return;
    }
    if (!"h2".equals(tls.applicationProtocol())) {
      connection.refuse("TLS_FAILED");
      return;
    }
    connection.opened();
    Http2Settings settings =
        Http2Settings.defaultSettings()
            .maxConcurrentStreams(MAX_STREAMS)
            .initialWindowSize(STREAM_WINDOW)
            .maxHeaderListSize(connection.loop().options().http().maxHead());
    ctx.pipeline()
        .addLast("h2", Http2FrameCodecBuilder.forServer().initialSettings(settings).build())
        .addLast(
            "streams",
            new Http2MultiplexHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel stream) {
                    stream.pipeline().addLast("connect", new HboneStream(connection, peer));
                  }
                }))
        .addLast("rest", new Rest());
    ctx.pipeline().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /** Frames of the connection as a whole, which Netty has acted upon. */
  private static final class Rest extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("an HBONE connection broke: {}", cause.toString());
      ctx.close();
    }
  }
}
