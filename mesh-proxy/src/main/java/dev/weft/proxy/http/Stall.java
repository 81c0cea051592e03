package dev.weft.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * Whether an HTTP/1.1 client has kept a request open for too long without a byte of its own doing:
 * it neither takes the answer nor sends its body. A server that takes its time is no stall. Looks
 * at the channel with each tick, so that requests pay nothing. Owned by a server connection.
 */
final class Stall {
  /** As long as other proxies wait. */
  private static final long NANOS = 300_000_000_000L;

  private long pending;
  private long since;

  /** A request or a piece of its body has come. */
  void moved(long now) {
    since = now;
  }

  /**
   * Looks at the connection.
   *
   * @param now nanoseconds of the ticker's clock
   * @param bodyOwed whether the client has not sent its whole body, and nobody has answered
   */
  boolean over(long now, Channel channel, boolean bodyOwed) {
    long blocked = waiting(channel);
    boolean still = blocked > 0 ? blocked == pending : bodyOwed && channel.config().isAutoRead();
    pending = blocked;
    if (!still) {
      since = now;
    }
    return now - since > NANOS;
  }

  /** Bytes that the kernel does not take, because the client does not. */
  static long waiting(Channel channel) {
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    return out == null ? 0 : out.totalPendingWriteBytes();
  }
}
