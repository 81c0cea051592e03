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
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One direction of two coupled connections: bytes are passed on unread, a FIN is passed on as a
 * FIN, and who does not read makes the other one wait. Confined to the event loop of both.
 */
final class Relay extends ChannelInboundHandlerAdapter {
  /** For those who need not know of the end. */
  static final Runnable NOTHING = () -> {};

  /** Both directions of a relay, to be put at the ends of the two pipelines. */
  record Pair(Relay client, Relay server) {
    long fromClient() {
      return client.bytes;
    }

    long fromServer() {
      return server.bytes;
    }

    /** Both are in place. */
    void start() {
      client.started = true;
      server.started = true;
      client.begin();
      server.begin();
    }
  }

  private final Runnable done;
  private @Nullable Relay back;
  private @Nullable Channel own;
  private final List<Object> early = new ArrayList<>(0);
  private boolean started;
  private boolean inputEnded;
  private boolean closed;
  private long bytes;

  private Relay(Runnable done) {
    this.done = done;
  }

  /**
   * Two directions that belong together.
   *
   * @param done runs once when both are over
   */
  static Pair pair(Runnable done) {
    Relay client = new Relay(done);
    Relay server = new Relay(NOTHING);
    client.back = server;
    server.back = client;
    return new Pair(client, server);
  }

  /** Couples two open connections whose bytes nobody else reads. */
  static Pair join(Channel client, Channel server, Runnable done) {
    Pair pair = pair(done);
    client.pipeline().addLast("relay", pair.client());
    server.pipeline().addLast("relay", pair.server());
    Sniffer.release(client.pipeline()); // before a FIN that may have come with the bytes
    pair.start();
    return pair;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    own = ctx.channel();
    allowHalfClosure(ctx.channel(), true);
  }

  private void begin() {
    Channel channel = own();
    early.forEach(this::pass);
    early.clear();
    other().own().flush();
    if (channel.isActive()) {
      // A channel whose input is shut down must not be read again: epoll has forgotten it.
      if (isInputEnded(channel)) {
        inputEnded();
      } else {
        channel.config().setAutoRead(true);
      }
    } else {
      end();
    }
  }

  private Channel own() {
    Channel channel = own;
    if (channel == null) {
      throw new IllegalStateException("a relay outside of a pipeline");
    }
    return channel;
  }

  private Relay other() {
    Relay other = back;
    if (other == null) {
      throw new IllegalStateException("half a relay");
    }
    return other;
  }

  /** Whether a peer that ended its side may still be written to. */
  static void allowHalfClosure(Channel channel, boolean allowed) {
    TunnelCodec tunnel = channel.pipeline().get(TunnelCodec.class);
    if (tunnel != null) {
      tunnel.allowHalfClosure(allowed);
    } else {
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, allowed);
    }
  }

  private static boolean isInputEnded(Channel channel) {
    TunnelCodec tunnel = channel.pipeline().get(TunnelCodec.class);
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    return tunnel != null
        ? tunnel.isInputEnded()
        : (tls != null && tls.engine().isInboundDone())
            || (channel instanceof DuplexChannel duplex && duplex.isInputShutdown());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (started) {
      pass(message);
    } else {
      early.add(message); // a decoder's last bytes, before the other side is in place
    }
  }

  private void pass(Object message) {
    if (message instanceof ByteBuf data && !closed) {
      bytes += data.readableBytes();
      Channel to = other().own();
      to.write(data, to.voidPromise());
      if (!to.isWritable()) {
        own().config().setAutoRead(false);
      }
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (started) {
      other().own().flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    // This side takes more: the other one may be read again.
    if (ctx.channel().isWritable() && started && !closed && !other().inputEnded) {
      other().own().config().setAutoRead(true);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean over =
        event instanceof ChannelInputShutdownEvent
            || (event instanceof SslCloseCompletionEvent close && close.isSuccess());
    if (over && started) {
      inputEnded();
    }
    ctx.fireUserEventTriggered(event);
  }

  private void inputEnded() {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    if (other().inputEnded) {
      end();
    } else {
      shutdownOutput(other().own());
    }
  }

  private static void shutdownOutput(Channel channel) {
    TunnelCodec tunnel = channel.pipeline().get(TunnelCodec.class);
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tunnel != null) {
      tunnel.shutdownOutput(channel.pipeline().context(tunnel));
    } else if (tls != null && channel instanceof DuplexChannel duplex) {
      // A FIN without close_notify would look like an attacker's (RFC 8446 §6.1).
      tls.closeOutbound().addListener(written -> duplex.shutdownOutput());
    } else if (channel instanceof DuplexChannel duplex) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> duplex.shutdownOutput());
    } else {
      channel.close();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /** One side is gone: the other one gets what was read from it, then goes as well. */
  private void end() {
    if (closed || !started) {
      return; // begin() will look
    }
    Relay other = other();
    closed = true;
    other.closed = true;
    own().close();
    other.own().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    done.run();
    other.done.run();
  }
}
