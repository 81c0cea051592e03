package dev.weft.proxy;

import dev.weft.identity.GatewayTls;
import dev.weft.routing.GatewayListener;
import dev.weft.routing.GatewayPort;
import dev.weft.routing.Hosts;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Gateway's port of TLS: the listener follows from the server name, and with it
 * whether TLS ends here, with which certificate, and what is inside. A name that no listener has is
 * answered with a reset and no alert: nobody here speaks for it. Confined to its event loop.
 */
final class GatewayHandshake extends ChannelInboundHandlerAdapter
    implements ServerNameHandler.Reader {
  private final Accepted connection;
  private final GatewayPort port;
  private @Nullable String serverName;
  private boolean http;

  private GatewayHandshake(Accepted connection, GatewayPort port) {
    this.connection = connection;
    this.port = port;
  }

  static void install(Accepted connection, GatewayPort port) {
    GatewayHandshake handshake = new GatewayHandshake(connection, port);
    connection
        .channel()
        .pipeline()
        .addLast("sni", new ServerNameHandler(handshake, handshake.timeoutMillis()))
        .addLast("handshake", handshake);
  }

  private long timeoutMillis() {
    return connection.loop().options().http().headTimeout().toMillis();
  }

  @Override
  public void named(ServerNameHandler handler, boolean hello, @Nullable String name) {
    String host = name == null || name.isEmpty() ? "" : Hosts.host(name);
    GatewayListener listener = host == null || !hello ? null : port.listener(host);
    if (listener == null) {
      connection.refuse(hello ? "UNKNOWN_SERVER_NAME" : "TLS_FAILED");
      return;
    }
    serverName = name == null ? null : host;
    switch (listener.protocol()) {
      case HTTPS, TLS -> endTls(handler, listener);
      case TLS_PASSTHROUGH -> passThrough(handler);
      case HTTP, TCP, UDP -> connection.refuse("NO_ROUTE");
    }
  }

  private void endTls(ServerNameHandler handler, GatewayListener listener) {
    GatewayTls tls = connection.loop().gateways().get(listener.tls());
    if (tls == null) {
      connection.refuse("TLS_FAILED");
      return;
    }
    http = listener.tls().http();
    SslHandler end = tls.map(serverName).newHandler(connection.channel().alloc());
    end.setHandshakeTimeoutMillis(timeoutMillis());
    boolean taken = false;
    try {
      connection.channel().pipeline().replace(handler, "tls", end);
      taken = true;
    } finally {
      if (!taken) {
        ReferenceCountUtil.safeRelease(end.engine());
      }
    }
  }

  private void passThrough(ServerNameHandler handler) {
    connection.named(serverName, false);
    Sniffer.hold(connection);
    connection.channel().pipeline().remove(this);
    handler.leave(connection.channel().pipeline().context(handler), connection::opaque);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
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
    connection.named(serverName, true);
    if (!http) {
      connection.opaque();
    } else if (tls != null && "h2".equals(tls.applicationProtocol())) {
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
