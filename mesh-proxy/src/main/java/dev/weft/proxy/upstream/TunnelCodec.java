package dev.weft.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Makes an established CONNECT stream (RFC 9113 §8.5) look like a TCP connection: bytes in DATA
 * frames, END_STREAM for FIN. Confined to its event loop.
 */
public final class TunnelCodec extends ChannelDuplexHandler {
  private boolean halfClosure;
  private boolean outputEnded;
  private boolean inputEnded;

  /** Keeps the stream open for writing when the peer has ended its side. */
  public void allowHalfClosure(boolean allowed) {
    halfClosure = allowed;
  }

  /** Whether the peer has ended its side. */
  public boolean isInputEnded() {
    return inputEnded;
  }

  /** Ends our side: the FIN. */
  public void shutdownOutput(ChannelHandlerContext ctx) {
    if (!outputEnded) {
      outputEnded = true;
      ctx.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true));
      if (inputEnded) {
        ctx.close();
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof Http2DataFrame data) {
      boolean end = data.isEndStream();
      ByteBuf content = data.content();
      if (content.isReadable()) {
        ctx.fireChannelRead(content);
      } else {
        content.release();
      }
      if (end) {
        inputEnded(ctx);
      }
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void inputEnded(ChannelHandlerContext ctx) {
    inputEnded = true;
    if (!halfClosure || outputEnded) {
      ctx.close();
    } else {
      ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof Http2ResetFrame) {
      ctx.close();
    } else if (!(event instanceof ChannelOutputShutdownEvent)) {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes) {
      if (bytes.isReadable()) {
        ctx.write(new DefaultHttp2DataFrame(bytes, false), promise.unvoid());
      } else {
        // Only asks to be told; END_STREAM, which follows, keeps the order.
        bytes.release();
        promise.trySuccess();
      }
    } else {
      ctx.write(message, promise);
    }
  }

  /** FIN before the end: a bare close would be RST_STREAM, which may overtake what was written. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (outputEnded || !ctx.channel().isActive()) {
      ctx.close(promise);
      return;
    }
    outputEnded = true;
    ctx.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true))
        .addListener(written -> ctx.close(promise));
  }
}
