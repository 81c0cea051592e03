package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Failure;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Waits for the answer to CONNECT, then leaves the stream to {@link TunnelCodec}. Confined to its
 * event loop.
 */
final class ConnectStream extends ChannelInboundHandlerAdapter {
  private final Connector.Opened opened;
  private boolean told;

  ConnectStream(Connector.Opened opened) {
    this.opened = opened;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    boolean accepted =
        message instanceof Http2HeadersFrame headers
            && "200".contentEquals(String.valueOf(headers.headers().status()))
            && !headers.isEndStream();
    ReferenceCountUtil.release(message);
    if (accepted && !told) {
      told = true;
      ctx.pipeline().replace(this, "tunnel", new TunnelCodec());
      opened.opened(ctx.channel());
    } else {
      fail(ctx);
    }
  }

  private void fail(ChannelHandlerContext ctx) {
    if (!told) {
      told = true;
      opened.failed(Failure.CONNECT);
    }
    ctx.close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof Http2ResetFrame) {
      fail(ctx);
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ctx);
  }
}
