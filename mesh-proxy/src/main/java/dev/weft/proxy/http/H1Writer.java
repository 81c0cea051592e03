package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages with as few trips through the pipeline, and buffers for the kernel, as they
 * allow: a head waits until the end of the turn for a body that may come with it. Owned by an
 * HTTP/1.1 connection.
 */
final class H1Writer {
  private @Nullable HttpMessage waiting;

  /** Writes a head, or keeps it until more is known. */
  void head(ChannelHandlerContext ctx, HttpMessage head, boolean end) {
    if (end) {
      whole(ctx, head, Unpooled.EMPTY_BUFFER);
    } else {
      waiting = head;
    }
  }

  /** Writes a piece of the body and takes ownership of it. */
  void data(ChannelHandlerContext ctx, ByteBuf data, boolean end) {
    HttpMessage head = waiting;
    if (head != null && end) {
      waiting = null;
      whole(ctx, head, data);
      return;
    }
    release(ctx);
    if (data.isReadable()) {
      ctx.write(data, ctx.voidPromise());
    } else {
      data.release();
    }
    if (end) {
      ctx.write(LastHttpContent.EMPTY_LAST_CONTENT, ctx.voidPromise());
    }
  }

  /** Ends the message with trailers. */
  void trailers(ChannelHandlerContext ctx, Trailers trailers) {
    release(ctx);
    LastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
    last.trailingHeaders().add(trailers.http1());
    ctx.write(last, ctx.voidPromise());
  }

  /** Writes the head that waits, if there is one. */
  void release(ChannelHandlerContext ctx) {
    HttpMessage head = waiting;
    if (head != null) {
      waiting = null;
      ctx.write(head, ctx.voidPromise());
    }
  }

  private static void whole(ChannelHandlerContext ctx, HttpMessage head, ByteBuf body) {
    switch (head) {
      case HttpRequest request ->
          ctx.write(
              new DefaultFullHttpRequest(
                  request.protocolVersion(),
                  request.method(),
                  request.uri(),
                  body,
                  request.headers(),
                  EmptyHttpHeaders.INSTANCE),
              ctx.voidPromise());
      case HttpResponse response ->
          ctx.write(
              new DefaultFullHttpResponse(
                  response.protocolVersion(),
                  response.status(),
                  body,
                  response.headers(),
                  EmptyHttpHeaders.INSTANCE),
              ctx.voidPromise());
      default -> throw new IllegalArgumentException("neither request nor response: " + head);
    }
  }
}
