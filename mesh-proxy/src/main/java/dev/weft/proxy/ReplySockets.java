package dev.weft.proxy;

import dev.weft.proxy.http.Flushable;
import dev.weft.proxy.http.Flusher;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.Hop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Sockets that answer from Gateways' addresses and ports: a client takes an answer from nowhere
 * else. One for each port that has sessions, and a while longer. Owned by one event loop.
 */
final class ReplySockets {
  private static final long UNUSED_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final EventLoop loop;
  private final Flusher flusher;
  private final ChannelHandler handler;
  private final Map<InetSocketAddress, Reply> replies = new HashMap<>();

  /**
   * @param handler takes what such a socket receives: where the address is one of this machine's,
   *     the kernel finds it before the listener
   */
  ReplySockets(EventLoop loop, Flusher flusher, ChannelHandler handler) {
    this.loop = loop;
    this.flusher = flusher;
    this.handler = handler;
  }

  /** Answers for one address and port. */
  static final class Reply implements Flushable {
    private final Channel channel;
    private final Flusher flusher;
    private int sessions;
    private long unusedSince;
    private boolean unflushed;

    Reply(Channel channel, Flusher flusher) {
      this.channel = channel;
      this.flusher = flusher;
    }

    /** False: the datagram is lost, and still the caller's. */
    boolean send(ByteBuf data, InetSocketAddress client) {
      if (!channel.isWritable()) {
        return false;
      }
      channel.write(new DatagramPacket(data, client), channel.voidPromise());
      if (!unflushed) {
        unflushed = true;
        flusher.add(this);
      }
      return true;
    }

    @Override
    public void flushNow() {
      unflushed = false;
      channel.flush();
    }

    void begin() {
      sessions++;
    }

    void end(long now) {
      sessions--;
      unusedSince = now;
    }
  }

  /**
   * The one for a Gateway's port.
   *
   * @throws IOException if the system has none to give
   */
  Reply of(int address, int port) throws IOException {
    InetSocketAddress place = Hop.socket(address, port);
    Reply known = replies.get(place);
    if (known == null) {
      known = new Reply(bind(place), flusher);
      replies.put(place, known);
    }
    return known;
  }

  private Channel bind(InetSocketAddress place) throws IOException {
    EpollDatagramChannel channel = new EpollDatagramChannel(SocketProtocolFamily.INET);
    channel
        .config()
        .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(Connector.DATAGRAM_BUFFER))
        .setReuseAddress(true);
    channel.config().setOption(EpollChannelOption.IP_TRANSPARENT, true);
    channel.pipeline().addLast(handler);
    loop.register(channel);
    ChannelFuture bound = channel.bind(place);
    // On its own loop nothing of this waits.
    if (!bound.isSuccess()) {
      channel.close();
      throw new IOException("cannot answer from " + place, bound.cause());
    }
    return channel;
  }

  /** Closes what nobody has used for a while. */
  void expire(long now) {
    replies
        .values()
        .removeIf(
            reply -> {
              boolean unused = reply.sessions == 0 && now - reply.unusedSince > UNUSED_NANOS;
              if (unused) {
                reply.channel.close();
              }
              return unused;
            });
  }
}
