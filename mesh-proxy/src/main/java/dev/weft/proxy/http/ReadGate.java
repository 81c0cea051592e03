package dev.weft.proxy.http;

import io.netty.channel.Channel;

/**
 * Couples a connection's reading to what the other side takes: when too many bytes of bodies wait
 * there, the kernel's buffer fills and the peer stops. Owned by an HTTP/1.1 connection.
 */
final class ReadGate {
  /** Body bytes that may wait for the other side before the peer is no longer read. */
  private static final int HIGH = 64 << 10;

  private static final int LOW = 32 << 10;

  private int waiting;
  private boolean paused;
  private boolean held;

  /** Bytes were handed to the other side. */
  void passed(Channel channel, int bytes) {
    waiting += bytes;
    update(channel);
  }

  /** The other side took bytes. */
  void taken(Channel channel, int bytes) {
    waiting -= bytes;
    update(channel);
  }

  /** Forgets the bytes of a finished message. */
  void reset(Channel channel) {
    waiting = 0;
    update(channel);
  }

  /** Stops reading for another reason, or goes on. */
  void hold(Channel channel, boolean hold) {
    held = hold;
    update(channel);
  }

  private void update(Channel channel) {
    paused = waiting > (paused ? LOW : HIGH);
    boolean read = !paused && !held;
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }
}
