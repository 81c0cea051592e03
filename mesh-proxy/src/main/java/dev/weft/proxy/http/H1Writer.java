package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages (RFC 9112 §6, §7.1) with as few buffers for the kernel as they allow: a head
 * waits until the end of the turn for a body that may come with it. Netty's encoders would have a
 * message object, a pass through the pipeline and a buffer for each part. A message that cannot be
 * written ends the connection: {@code exceptionCaught} hears of it, and nothing more is written.
 * Owned by an HTTP/1.1 connection.
 */
final class H1Writer {
  /** A larger piece of a body goes as the buffer it is in. */
  private static final int SMALL = 1024;

  private final H1Text text;
  private @Nullable HttpMessage waiting;
  private boolean answersHead;
  private boolean open;
  private boolean silent;
  private boolean chunked;
  private boolean broken;

  H1Writer(H1Text text) {
    this.text = text;
  }

  /** Whether the answers from here on belong to a HEAD request. */
  void answersHead(boolean yes) {
    answersHead = yes;
  }

  /** Writes an answer that another one follows (RFC 9110 §15.2). */
  void informational(ChannelHandlerContext ctx, HttpResponse head) {
    H1Rules.unframe(head.headers());
    try {
      text.head(head);
      pass(ctx);
    } catch (RuntimeException | OutOfMemoryError e) {
      fail(ctx, e);
    }
  }

  /** Writes a head, or keeps it until more is known. */
  void head(ChannelHandlerContext ctx, HttpMessage head, boolean end) {
    if (open) {
      fail(ctx, new IllegalStateException("a head inside of a message"));
      return;
    }
    open = true;
    silent = head instanceof HttpResponse response && isSilent(response);
    chunked = !silent && HttpUtil.isTransferEncodingChunked(head);
    waiting = head;
    if (end) {
      data(ctx, Unpooled.EMPTY_BUFFER, true);
    }
  }

  /** Writes a piece of the body and takes ownership of it. */
  void data(ChannelHandlerContext ctx, ByteBuf data, boolean end) {
    put(ctx, data, end ? EmptyHttpHeaders.INSTANCE : null);
  }

  /** Ends the message with trailers, if its framing has room for them. */
  void trailers(ChannelHandlerContext ctx, Trailers trailers) {
    put(ctx, Unpooled.EMPTY_BUFFER, trailers.http1());
  }

  /** Writes the head that waits, if there is one. */
  void release(ChannelHandlerContext ctx) {
    if (waiting != null) {
      put(ctx, Unpooled.EMPTY_BUFFER, null);
    }
  }

  private void put(ChannelHandlerContext ctx, ByteBuf data, @Nullable HttpHeaders trailers) {
    try {
      if (!broken) {
        part(ctx, silent ? Unpooled.EMPTY_BUFFER : data, trailers);
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      fail(ctx, e);
    } finally {
      data.release();
    }
  }

  /**
   * What failed must leave no byte to the loop's next connection, and nothing may follow what is
   * missing here.
   */
  private void fail(ChannelHandlerContext ctx, Throwable cause) {
    broken = true;
    waiting = null;
    text.clear();
    // Not now: who writes is in the middle of a request.
    ctx.executor().execute(() -> ctx.pipeline().fireExceptionCaught(cause));
  }

  /** The head that waits, a piece of the body and, with trailers, the end. */
  private void part(ChannelHandlerContext ctx, ByteBuf data, @Nullable HttpHeaders trailers) {
    if (!open) {
      throw new IllegalStateException("a body without a head");
    }
    open = trailers == null;
    HttpMessage head = waiting;
    if (head != null) {
      waiting = null;
      text.head(head);
    }
    if (data.isReadable()) {
      body(ctx, data);
    }
    if (chunked && trailers != null) {
      text.size(0).fields(trailers).line();
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
    } else {
      pass(ctx);
      ctx.write(data.retain(), ctx.voidPromise());
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

  private boolean isSilent(HttpResponse response) {
    return answersHead || H1Rules.bodiless(response.status().code());
  }
}
