package dev.weft.cli.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends eight bytes to a TCP echo and waits for them to come back: in turn over a connection that
 * stays open and over one made for this exchange, so that both established and new connections are
 * watched. Confined to its event loop.
 */
final class TcpTarget implements LoadTarget {
  private static final int MESSAGE_BYTES = Long.BYTES;

  private final EventLoop loop;
  private final InetSocketAddress address;
  private final long timeoutMs;
  private final Deque<Connection> idle = new ArrayDeque<>();
  private final Set<Channel> open = new HashSet<>();
  private long number;

  TcpTarget(EventLoop loop, InetSocketAddress address, long timeoutMs) {
    this.loop = loop;
    this.address = address;
    this.timeoutMs = timeoutMs;
  }

  @Override
  public void send(Done done) {
    boolean fresh = ++number % 2 == 0;
    Connection kept = fresh ? null : idle.pollFirst();
    if (kept != null) {
      kept.exchange(number, done);
    } else {
      connect(number, !fresh, done);
    }
  }

  private void connect(long message, boolean keep, Done done) {
    Connection connection = new Connection(keep);
    ScheduledFuture<?> patience =
        loop.schedule(
            () -> done.done(false, "connect: timed out", ""), timeoutMs, TimeUnit.MILLISECONDS);
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(connection)
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                future -> {
                  if (!patience.cancel(false)) {
                    future.channel().close();
                  } else if (future.isSuccess()) {
                    open.add(future.channel());
                    connection.channel = future.channel();
                    connection.exchange(message, done);
                  } else {
                    done.done(false, "connect: " + HttpTarget.reason(future.cause()), "");
                  }
                });
  }

  @Override
  public void close() {
    Set.copyOf(open).forEach(Channel::close);
  }

  private final class Connection extends SimpleChannelInboundHandler<ByteBuf> {
    private final boolean keep;
    private final ByteBuf received = Unpooled.buffer(MESSAGE_BYTES);
    private @Nullable Channel channel;
    private @Nullable Done pending;
    private @Nullable ScheduledFuture<?> timeout;
    private long expected;

    Connection(boolean keep) {
      this.keep = keep;
    }

    void exchange(long message, Done done) {
      Channel target = channel;
      if (target == null || !target.isActive()) {
        done.done(false, "a kept connection was closed", "");
        return;
      }
      pending = done;
      expected = message;
      received.clear();
      timeout =
          loop.schedule(
              () -> {
                finish(false, "timed out");
                target.close();
              },
              timeoutMs,
              TimeUnit.MILLISECONDS);
      target.writeAndFlush(Unpooled.buffer(MESSAGE_BYTES).writeLong(message));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      received.writeBytes(bytes);
      if (received.readableBytes() < MESSAGE_BYTES) {
        return;
      }
      boolean same = received.readLong() == expected && !received.isReadable();
      finish(same, same ? "ok" : "other bytes came back");
      if (keep && same) {
        idle.addLast(this);
      } else {
        ctx.close();
      }
    }

    private void finish(boolean ok, String text) {
      Done done = pending;
      pending = null;
      if (timeout != null) {
        timeout.cancel(false);
      }
      if (done != null) {
        done.done(ok, text, "");
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      idle.remove(this);
      open.remove(ctx.channel());
      finish(false, "closed without an answer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      finish(false, HttpTarget.reason(cause));
      ctx.close();
    }
  }
}
