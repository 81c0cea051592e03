package dev.weft.proxy;

import dev.weft.identity.GatewayTls;
import dev.weft.routing.GatewayListener;
import dev.weft.routing.GatewayPort;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Locale;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * TLS of a Gateway's listener: the listener and the certificate follow from the server name; a name
 * that no listener has ends the handshake. Then ALPN says what is spoken. Confined to its event
 * loop.
 */
final class GatewayHandshake extends ChannelInboundHandlerAdapter {
  private final Accepted connection;
  private @Nullable String sni;

  private GatewayHandshake(Accepted connection) {
    this.connection = connection;
  }

  static void install(Accepted connection, GatewayPort port) {
    GatewayHandshake end = new GatewayHandshake(connection);
    SniHandler sni =
        new SniHandler(
            (String name, Promise<SslContext> promise) -> end.choose(port, name, promise),
            16 << 10,
            connection.loop().options().http().headTimeout().toMillis());
    connection.channel().pipeline().addLast("sni", sni).addLast("alpn", end);
  }

  private Future<SslContext> choose(
      GatewayPort port, @Nullable String name, Promise<SslContext> promise) {
    String host = name == null ? "" : name.toLowerCase(Locale.ROOT);
    GatewayListener listener = port.listener(host);
    GatewayTls tls =
        listener == null || listener.protocol() != GatewayListener.Protocol.HTTPS
            ? null
            : connection.loop().gateways().get(listener.tls());
    return tls == null
        ? promise.setFailure(new SSLHandshakeException("no listener for this server name"))
        : promise.setSuccess(tls.map(name));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SniCompletionEvent completion) {
      sni = completion.hostname() == null ? null : completion.hostname().toLowerCase(Locale.ROOT);
    } else if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        speak(ctx);
      } else {
        connection.refuse("TLS_FAILED");
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  private void speak(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    connection.secured(sni);
    if (tls != null && "h2".equals(tls.applicationProtocol())) {
      connection.http2();
    } else {
      connection.http1();
    }
    ctx.pipeline().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
