package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * What one event loop reads into: small reads share a buffer, which is free again by the next read
 * unless somebody kept a part of it; then, and for larger ones, the pool has others. Owned by that
 * loop; {@link #close} gives the buffer back.
 */
public final class LoopReads implements RecvByteBufAllocator, AutoCloseable {
  private static final int SMALL = 4096;

  /** From a head's size on: what a connection turns out to send decides on its next buffer. */
  private final AdaptiveRecvByteBufAllocator sizes =
      new AdaptiveRecvByteBufAllocator(512, SMALL, 64 << 10);

  /** Without leak detection: it lives as long as its loop. */
  private final ByteBuf shared = new UnpooledByteBufAllocator(true, true).directBuffer(SMALL);

  @Override
  public ExtendedHandle newHandle() {
    return new Sharing((ExtendedHandle) sizes.newHandle());
  }

  @Override
  public void close() {
    shared.release();
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
