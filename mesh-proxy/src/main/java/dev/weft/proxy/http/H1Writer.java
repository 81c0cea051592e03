package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages (RFC 9112 §6, §7.1) with as few buffers for the kernel as they allow: a head
 * waits until the end of the turn for a body that may come with it. Netty's encoders would have a
 * message object, a pass through the pipeline and a buffer for each part. Owned by an HTTP/1.1
 * connection.
 */
final class H1Writer {
  /** A larger piece of a body goes as the buffer it is in. */
  private static final int SMALL = 1024;

  private final H1Text text;
  private @Nullable HttpMessage waiting;
  private boolean answersHead;
  private boolean silent;
  private boolean chunked;

  H1Writer(H1Text text) {
    this.text = text;
  }

  /** Whether the answers from here on belong to a HEAD request. */
  void answersHead(boolean yes) {
    answersHead = yes;
  }

  /** Writes an answer that another one follows (RFC 9110 §15.2). */
  void informational(ChannelHandlerContext ctx, HttpResponse head) {
    unframe(head);
    text.head(head);
    pass(ctx);
  }

  /** Writes a head, or keeps it until more is known. */
  void head(ChannelHandlerContext ctx, HttpMessage head, boolean end) {
    silent = head instanceof HttpResponse response && isSilent(response);
    chunked = !silent && HttpUtil.isTransferEncodingChunked(head);
    waiting = head;
    if (end) {
      put(ctx, Unpooled.EMPTY_BUFFER, true);
    }
  }

  /** Writes a piece of the body and takes ownership of it. */
  void data(ChannelHandlerContext ctx, ByteBuf data, boolean end) {
    put(ctx, data, end);
  }

  /** Ends the message with trailers, if its framing has room for them. */
  void trailers(ChannelHandlerContext ctx, Trailers trailers) {
    begin();
    if (chunked) {
      text.size(0).fields(trailers.http1()).line();
    }
    pass(ctx);
  }

  /** Writes the head that waits, if there is one. */
  void release(ChannelHandlerContext ctx) {
    begin();
    pass(ctx);
  }

  private void begin() {
    HttpMessage head = waiting;
    if (head != null) {
      waiting = null;
      text.head(head);
    }
  }

  private void put(ChannelHandlerContext ctx, ByteBuf data, boolean end) {
    begin();
    if (silent || !data.isReadable()) {
      data.release();
    } else {
      body(ctx, data);
    }
    if (end && chunked) {
      text.size(0).line();
    }
    pass(ctx);
  }

  private void body(ChannelHandlerContext ctx, ByteBuf data) {
    int length = data.readableBytes();
    if (chunked) {
      text.size(length);
    }
    if (length <= SMALL) {
      text.append(data);
      data.release();
    } else {
      pass(ctx);
      ctx.write(data, ctx.voidPromise());
    }
    if (chunked) {
      text.line();
    }
  }

  private void pass(ChannelHandlerContext ctx) {
    if (!text.isEmpty()) {
      ctx.write(text.take(ctx.alloc()), ctx.voidPromise());
    }
  }

  /** Whether an answer ends with its head, whatever its fields say (RFC 9112 §6.3). */
  private boolean isSilent(HttpResponse response) {
    int status = response.status().code();
    boolean none = status < 200 || status == 204; // RFC 9110 §8.6, RFC 9112 §6.1
    if (none || status == 205) {
      unframe(response);
    }
    if (status == 205) {
      response.headers().set(Names.CONTENT_LENGTH, "0"); // RFC 9110 §15.3.6
    }
    return none || status == 205 || status == 304 || answersHead;
  }

  private static void unframe(HttpResponse response) {
    response.headers().remove(Names.CONTENT_LENGTH);
    response.headers().remove(Names.TRANSFER_ENCODING);
  }
}
