package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * Copies the small buffers of HTTP/2 frames into one for each flush: a copied byte costs less than
 * a buffer's way through pipeline, outbound queue and kernel vector. A write counts as done when it
 * has been copied; should the kernel refuse it later, the connection ends anyway. Confined to its
 * connection's event loop.
 */
final class WriteBatch extends ChannelOutboundHandlerAdapter {
  /** Larger buffers are passed on as they are. */
  private static final int SMALL = 1024;

  /** What a batch starts with, and what it is written at so that back-pressure sees it. */
  private static final int INITIAL = 4096;

  private static final int FULL = 16 << 10;

  private @Nullable ByteBuf batch;

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf small && small.readableBytes() <= SMALL) {
      ByteBuf to = batch;
      if (to == null) {
        to = ctx.alloc().directBuffer(INITIAL);
        batch = to;
      }
      to.writeBytes(small);
      small.release();
      if (!promise.isVoid()) {
        promise.trySuccess();
      }
      if (to.readableBytes() >= FULL) {
        pass(ctx);
      }
    } else {
      pass(ctx);
      ctx.write(message, promise);
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    pass(ctx);
    ctx.flush();
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    pass(ctx);
    ctx.flush();
    ctx.close(promise);
  }

  private void pass(ChannelHandlerContext ctx) {
    ByteBuf full = batch;
    if (full != null) {
      batch = null;
      ctx.write(full, ctx.voidPromise());
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ByteBuf rest = batch;
    if (rest != null) {
      batch = null;
      rest.release();
    }
  }
}
