package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

/**
 * The end of a connection whose client may still be sending (RFC 9112 §9.6): our side is closed,
 * and what comes is dropped until the client closes too, or a bound is reached. Closing at once
 * would make the kernel send a reset, with which the client loses the answer. Owned by the channel.
 */
final class Lingering extends ChannelInboundHandlerAdapter implements Ticker.Timed {
  private static final long NANOS = 2_000_000_000L;

  private final Channel channel;
  private final LoopTools tools;
  private final long since;
  private int left;
  private int tickIndex = -1;

  private Lingering(Channel channel, LoopTools tools) {
    this.channel = channel;
    this.tools = tools;
    this.left = tools.limits().maxDiscard();
    this.since = tools.ticker().coarse();
  }

  /** Ends a connection; everything has been written. */
  static void close(Channel channel, LoopTools tools) {
    if (!(channel instanceof DuplexChannel duplex)) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    Lingering end = new Lingering(channel, tools);
    tools.ticker().add(end);
    channel.pipeline().addFirst("lingering", end);
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    Future<Void> written =
        tls == null ? channel.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    written.addListener(done -> duplex.shutdownOutput());
    channel.config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      left -= bytes.readableBytes();
    }
    ReferenceCountUtil.release(message);
    if (left < 0) {
      ctx.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      ctx.close();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    tools.ticker().remove(this); // with the channel's end as well
  }

  @Override
  public void tick(long now) {
    if (now - since > NANOS) {
      channel.close();
    }
  }

  @Override
  public int tickIndex() {
    return tickIndex;
  }

  @Override
  public void tickIndex(int index) {
    tickIndex = index;
  }
}
