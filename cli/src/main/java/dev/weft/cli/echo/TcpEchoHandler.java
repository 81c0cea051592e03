package dev.weft.cli.echo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;

/**
 * Sends every byte back; with a banner, speaks first. Reads no faster than the peer takes its bytes
 * back.
 */
final class TcpEchoHandler extends ChannelInboundHandlerAdapter {
  private final String banner;

  TcpEchoHandler(String banner) {
    this.banner = banner;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (!banner.isEmpty()) {
      ctx.writeAndFlush(Unpooled.copiedBuffer(banner, StandardCharsets.US_ASCII));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    ctx.write(bytes);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(ctx.channel().isWritable());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
