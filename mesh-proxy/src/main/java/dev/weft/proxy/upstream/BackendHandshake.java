package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Failure;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until a backend has proved who it is; before that nobody gets the connection, so nothing of
 * a request is sent. Confined to its event loop.
 */
final class BackendHandshake extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(BackendHandshake.class);

  private final Hop hop;
  private final TlsProtocol protocol;
  private final SslHandler tls;
  private final Connector.Opened opened;
  private boolean told;

  private BackendHandshake(Hop hop, TlsProtocol protocol, SslHandler tls, Connector.Opened opened) {
    this.hop = hop;
    this.protocol = protocol;
    this.tls = tls;
    this.opened = opened;
  }

  /** Speaks TLS on an open connection whose pipeline is empty but for a tunnel. */
  static void begin(
      Channel channel,
      Hop hop,
      TlsProtocol protocol,
      SslContext context,
      long timeoutMillis,
      Connector.Opened opened) {
    SslHandler tls = context.newHandler(channel.alloc());
    tls.setHandshakeTimeoutMillis(timeoutMillis);
    channel
        .pipeline()
        .addLast("tls", tls)
        .addLast("handshake", new BackendHandshake(hop, protocol, tls, opened));
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
    fail(ctx, new java.nio.channels.ClosedChannelException());
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
        log.info("refused {} as {}: {}", hop.authority(), hop.tls(), reason(cause));
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
