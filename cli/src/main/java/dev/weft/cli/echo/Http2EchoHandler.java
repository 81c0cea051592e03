package dev.weft.cli.echo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamFrame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 stream: a plain request, or a gRPC call by its content type. Confined to the stream's
 * event loop.
 */
final class Http2EchoHandler extends SimpleChannelInboundHandler<Http2StreamFrame> {
  private final EchoService service;
  private final boolean tls;
  private @Nullable EchoRequest request;
  private @Nullable GrpcCall call;
  private int bodyBytes;

  Http2EchoHandler(EchoService service, boolean tls) {
    this.service = service;
    this.tls = tls;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
    switch (frame) {
      case Http2HeadersFrame headers -> onHeaders(ctx, headers);
      case Http2DataFrame data -> onData(ctx, data);
      default -> {
        // Resets end the stream's channel by themselves; window and priority frames say nothing to
        // an echo.
      }
    }
  }

  private void onHeaders(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
    if (request == null) {
      EchoRequest head = request(ctx, frame.headers());
      request = head;
      String type = head.header("content-type");
      if (type != null && type.startsWith("application/grpc")) {
        call = new GrpcCall(service, head, ctx);
      }
    }
    if (frame.isEndStream()) {
      end(ctx);
    }
  }

  private void onData(ChannelHandlerContext ctx, Http2DataFrame frame) {
    GrpcCall open = call;
    if (open != null) {
      open.data(frame.content());
    }
    bodyBytes += frame.content().readableBytes();
    if (bodyBytes > ProtocolSniffer.MAX_BODY && open == null) {
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.ENHANCE_YOUR_CALM));
      return;
    }
    if (frame.isEndStream()) {
      end(ctx);
    }
  }

  private void end(ChannelHandlerContext ctx) {
    EchoRequest head = request;
    if (head == null) {
      return;
    }
    GrpcCall open = call;
    if (open != null) {
      open.end();
      return;
    }
    EchoRequest whole =
        new EchoRequest(
            head.protocol(),
            head.method(),
            head.target(),
            head.headers(),
            head.client(),
            bodyBytes);
    var _ =
        service
            .answer(whole, ctx.channel().eventLoop())
            .thenAccept(answer -> send(ctx, answer, head.method().equals("HEAD")));
  }

  private void send(ChannelHandlerContext ctx, EchoAnswer answer, boolean head) {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    Http2Headers headers =
        new DefaultHttp2Headers()
            .status(Integer.toString(answer.status()))
            .set("content-type", "application/json")
            .setInt("content-length", body.length)
            .set("x-served-by", service.options().name())
            .set("x-version", service.options().version());
    ctx.write(new DefaultHttp2HeadersFrame(headers, head));
    if (!head) {
      ctx.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
    }
    ctx.flush();
  }

  private EchoRequest request(ChannelHandlerContext ctx, Http2Headers headers) {
    Map<String, List<String>> map = new LinkedHashMap<>();
    headers.forEach(
        entry ->
            map.computeIfAbsent(entry.getKey().toString(), name -> new ArrayList<>())
                .add(entry.getValue().toString()));
    String method = String.valueOf(headers.method());
    String path = String.valueOf(headers.path());
    return new EchoRequest(
        "HTTP/2", method, path, map, EchoTls.peer(ctx.channel().parent(), tls), 0);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
