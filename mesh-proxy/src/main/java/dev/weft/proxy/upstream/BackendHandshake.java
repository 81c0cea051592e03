package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Failure;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * Waits until a backend has proved who it is; before that nobody gets the connection, so nothing of
 * a request is sent. Confined to its event loop.
 */
final class BackendHandshake extends ChannelInboundHandlerAdapter {
  private final TlsProtocol protocol;
  private final Consumer<String> refused;
  private final SslHandler tls;
  private final Connector.Opened opened;
  private boolean told;

  private BackendHandshake(
      TlsProtocol protocol, SslHandler tls, Consumer<String> refused, Connector.Opened opened) {
    this.refused = refused;
    this.protocol = protocol;
    this.tls = tls;
    this.opened = opened;
  }

  /**
   * Speaks TLS on an open connection whose pipeline is empty but for a tunnel.
   *
   * @param timeoutMillis for the handshake
   * @param refused hears why the server was not believed
   */
  static void begin(
      Channel channel,
      TlsProtocol protocol,
      SslContext context,
      long timeoutMillis,
      Consumer<String> refused,
      Connector.Opened opened) {
    SslHandler tls = context.newHandler(channel.alloc());
    tls.setHandshakeTimeoutMillis(timeoutMillis);
    channel
        .pipeline()
        .addLast("tls", tls)
        .addLast("handshake", new BackendHandshake(protocol, tls, refused, opened));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && !told) {
      if (handshake.isSuccess() && protocol.accepts(String.valueOf(tls.applicationProtocol()))) {
        told = true;
        ctx.pipeline().remove(this);
        opened.opened(ctx.channel());
      } else {
        fail(ctx, handshake.isSuccess() ? new SSLException("no h2 by ALPN") : handshake.cause());
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx, new ClosedChannelException());
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ctx, cause);
  }

  private void fail(ChannelHandlerContext ctx, Throwable cause) {
    if (!told) {
      told = true;
      Failure failure = failure(cause);
      if (failure == Failure.UNTRUSTED) {
        refused.accept(reason(cause));
      }
      opened.failed(failure);
    }
    ctx.close();
  }

  /** A server that goes away is not one that cannot prove who it is: another one may do. */
  private static Failure failure(Throwable cause) {
    return switch (cause) {
      case SslHandshakeTimeoutException _ -> Failure.CONNECT_TIMEOUT;
      case SSLException _ -> Failure.UNTRUSTED;
      default -> cause.getCause() instanceof SSLException ? Failure.UNTRUSTED : Failure.CONNECT;
    };
  }

  /** The innermost message, which says why; a server may have written parts of it. */
  private static String reason(Throwable cause) {
    Throwable inner = cause;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    return String.valueOf(inner.getMessage()).replaceAll("\\p{Cntrl}", "?");
  }
}
