package dev.weft.proxy;

import dev.weft.proxy.upstream.TunnelCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One direction of two coupled connections: bytes are passed on unread, a FIN is passed on as a
 * FIN, and who does not read makes the other one wait. Confined to the event loop of both.
 */
final class Relay extends ChannelInboundHandlerAdapter {
  /** For those who need no account of the bytes. */
  static final Done NOTHING = (fromClient, fromServer) -> {};

  /** Hears of the end. */
  interface Done {
    /** Both directions are over, with so many bytes passed. */
    void closed(long fromClient, long fromServer);
  }

  private final Channel to;
  private @Nullable Relay back;
  private boolean inputEnded;
  private boolean closed;
  private long bytes;
  private final @Nullable Done done;

  private Relay(Channel to, @Nullable Done done) {
    this.to = to;
    this.done = done;
  }

  /** Couples two open connections whose bytes nobody else reads. */
  static void join(Channel client, Channel server, Done done) {
    Relay up = new Relay(server, done);
    Relay down = new Relay(client, null);
    up.back = down;
    down.back = up;
    halfClosure(client);
    halfClosure(server);
    client.pipeline().addLast("relay", up);
    server.pipeline().addLast("relay", down);
    if (!client.isActive() || !server.isActive()) {
      up.end(client);
      return;
    }
    client.config().setAutoRead(true);
    server.config().setAutoRead(true);
  }

  private static void halfClosure(Channel channel) {
    TunnelCodec tunnel = channel.pipeline().get(TunnelCodec.class);
    if (tunnel != null) {
      tunnel.allowHalfClosure();
    } else {
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf data && !closed) {
      bytes += data.readableBytes();
      to.write(data, to.voidPromise());
      if (!to.isWritable()) {
        ctx.channel().config().setAutoRead(false);
      }
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    to.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    // This side takes more: the other one may be read again.
    if (ctx.channel().isWritable() && !closed) {
      to.config().setAutoRead(true);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      if (back != null && back.inputEnded) {
        end(ctx.channel());
      } else {
        shutdownOutput(to);
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  private static void shutdownOutput(Channel channel) {
    TunnelCodec tunnel = channel.pipeline().get(TunnelCodec.class);
    if (tunnel != null) {
      tunnel.shutdownOutput(channel.pipeline().context(tunnel));
    } else if (channel instanceof DuplexChannel duplex) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> duplex.shutdownOutput());
    } else {
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(ctx.channel());
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /** One side is gone: the other one gets what was read from it, then goes as well. */
  private void end(Channel own) {
    if (closed) {
      return;
    }
    closed = true;
    Relay other = back;
    if (other != null) {
      other.closed = true;
    }
    own.close();
    to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    Relay first = done != null ? this : other;
    if (first != null && first.done != null && first.back != null) {
      first.done.closed(first.bytes, first.back.bytes);
    }
  }
}
