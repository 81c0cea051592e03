package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * What one event loop reads into: small reads share a buffer, which is free again by the next read
 * unless somebody kept a part of it, such as half a TLS record; then, and for larger ones, the pool
 * has others, which costs time only. Owned by that loop.
 */
public final class LoopReads implements MaxMessagesRecvByteBufAllocator {
  private static final int SMALL = 4096;

  /** From a head's size on: what a connection turns out to send decides on its next buffer. */
  private final AdaptiveRecvByteBufAllocator sizes =
      new AdaptiveRecvByteBufAllocator(512, SMALL, 64 << 10);

  /** Without leak detection: it lives as long as its loop. */
  private final ByteBuf shared = new UnpooledByteBufAllocator(true, true).directBuffer(SMALL);

  /** One read a wake-up, so that nobody waits for more than 64 KB of another connection. */
  public LoopReads() {
    sizes.maxMessagesPerRead(1);
  }

  @Override
  public ExtendedHandle newHandle() {
    return new Sharing((ExtendedHandle) sizes.newHandle());
  }

  @Override
  public int maxMessagesPerRead() {
    return sizes.maxMessagesPerRead();
  }

  @Override
  public LoopReads maxMessagesPerRead(int messages) {
    sizes.maxMessagesPerRead(messages);
    return this;
  }

  /**
   * Gives the buffer back, when the loop and its channels have ended.
   *
   * @throws IllegalStateException if a part of a read was never released
   */
  public void release() {
    if (!shared.release()) {
      throw new IllegalStateException("a part of what was read has not been released");
    }
  }

  private final class Sharing extends DelegatingHandle implements ExtendedHandle {
    private final ExtendedHandle sized;

    Sharing(ExtendedHandle sized) {
      super(sized);
      this.sized = sized;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator pool) {
      return sized.guess() <= SMALL && shared.refCnt() == 1
          ? shared.clear().retain()
          : sized.allocate(pool);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return sized.continueReading(maybeMoreData);
    }
  }
}
