package dev.weft.cli.echo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 requests, and the switch to WebSocket. Pipelined requests are answered in order (RFC
 * 9112 §9.3.2). Confined to the event loop of its connection.
 */
final class Http1EchoHandler extends SimpleChannelInboundHandler<HttpObject> {
  private static final int MAX_WEBSOCKET_FRAME = 1 << 20;

  private final EchoService service;
  private final boolean tls;
  private CompletableFuture<?> previous = CompletableFuture.completedFuture(true);
  private @Nullable HttpRequest head;
  private int bodyBytes;

  Http1EchoHandler(EchoService service, boolean tls) {
    this.service = service;
    this.tls = tls;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (!message.decoderResult().isSuccess()) {
      head = null;
      ctx.writeAndFlush(response(400, "{\"error\":\"malformed request\"}"))
          .addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (message instanceof HttpRequest request) {
      begin(ctx, request);
    }
    if (message instanceof HttpContent content) {
      bodyBytes += content.content().readableBytes();
    }
    if (message instanceof LastHttpContent && head != null) {
      end(ctx, head);
      head = null;
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest request) {
    if (HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(
        request.headers().get(HttpHeaderNames.UPGRADE, ""))) {
      upgrade(ctx, request);
      return;
    }
    head = request;
    bodyBytes = 0;
    if (HttpUtil.is100ContinueExpected(request)) {
      ctx.writeAndFlush(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  private void end(ChannelHandlerContext ctx, HttpRequest message) {
    boolean keepAlive = HttpUtil.isKeepAlive(message);
    boolean bodiless = message.method().equals(HttpMethod.HEAD);
    CompletableFuture<EchoAnswer> answer =
        service.answer(request(ctx, message), ctx.channel().eventLoop());
    previous =
        previous
            .thenCombine(answer, (before, now) -> now)
            .thenAccept(now -> send(ctx, now, keepAlive, bodiless));
  }

  private void send(
      ChannelHandlerContext ctx, EchoAnswer answer, boolean keepAlive, boolean bodiless) {
    FullHttpResponse response = response(answer.status(), bodiless ? "" : answer.body());
    if (bodiless) {
      HttpUtil.setContentLength(response, answer.body().getBytes(StandardCharsets.UTF_8).length);
    }
    if (keepAlive) {
      ctx.writeAndFlush(response);
    } else {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private FullHttpResponse response(int status, String json) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            Unpooled.copiedBuffer(json, StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
        .set("x-served-by", service.options().name())
        .set("x-version", service.options().version());
    HttpUtil.setContentLength(response, response.content().readableBytes());
    return response;
  }

  private EchoRequest request(ChannelHandlerContext ctx, HttpRequest message) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    message
        .headers()
        .forEach(
            header ->
                headers
                    .computeIfAbsent(
                        header.getKey().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(header.getValue()));
    return new EchoRequest(
        message.protocolVersion().text(),
        message.method().name(),
        message.uri(),
        headers,
        EchoTls.peer(ctx.channel(), tls),
        bodyBytes);
  }

  private static void upgrade(ChannelHandlerContext ctx, HttpRequest message) {
    ctx.pipeline()
        .addLast(
            new WebSocketServerProtocolHandler("/", null, true, MAX_WEBSOCKET_FRAME, false, true))
        .addLast(new WebSocketEchoHandler());
    ctx.fireChannelRead(message);
    ctx.pipeline().remove(ctx.handler());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
