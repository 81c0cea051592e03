package dev.weft.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class LoopReadsTest {
  private static final UnpooledByteBufAllocator POOL = UnpooledByteBufAllocator.DEFAULT;

  private final LoopReads reads = new LoopReads();
  private final RecvByteBufAllocator.ExtendedHandle one = handle(reads);
  private final RecvByteBufAllocator.ExtendedHandle other = handle(reads);

  private static RecvByteBufAllocator.ExtendedHandle handle(LoopReads reads) {
    RecvByteBufAllocator.ExtendedHandle handle = reads.newHandle();
    handle.reset(new EmbeddedChannel().config());
    return handle;
  }

  @Test
  void connectionsShareTheBufferOfOneRead() {
    ByteBuf first = one.allocate(POOL);
    first.writeBytes("a request".getBytes(ISO_8859_1));
    first.readBytes(new byte[9]);
    first.release();
    ByteBuf second = other.allocate(POOL);
    assertThat(second).isSameAs(first);
    assertThat(second.isReadable()).as("nothing of the last read is left").isFalse();
    second.release();
  }

  @Test
  void whatSomebodyKeepsIsNotOverwritten() {
    ByteBuf read = one.allocate(POOL).writeBytes("kept".getBytes(ISO_8859_1));
    ByteBuf kept = read.readRetainedSlice(4);
    read.release();
    ByteBuf next = other.allocate(POOL).writeBytes("next".getBytes(ISO_8859_1));
    assertThat(next).isNotSameAs(read);
    assertThat(kept.toString(ISO_8859_1)).isEqualTo("kept");
    next.release();
    kept.release();
    ByteBuf again = other.allocate(POOL);
    assertThat(again).as("free again").isSameAs(read);
    again.release();
  }

  @Test
  void whoSendsMuchReadsIntoLargerBuffers() {
    int largest = 0;
    for (int i = 0; i < 20; i++) {
      ByteBuf read = one.allocate(POOL);
      largest = Math.max(largest, read.capacity());
      one.attemptedBytesRead(read.writableBytes());
      one.lastBytesRead(read.writableBytes());
      one.readComplete();
      read.release();
    }
    assertThat(largest).isEqualTo(64 << 10);
  }

  @Test
  void whatIsNeverReleasedIsNoticedAtTheEnd() {
    reads.release();
    ByteBuf read = one.allocate(POOL);
    assertThat(read.refCnt()).as("from the pool").isEqualTo(1);
    read.release();

    LoopReads others = new LoopReads();
    RecvByteBufAllocator.ExtendedHandle handle = handle(others);
    ByteBuf kept = handle.allocate(POOL);
    assertThatThrownBy(others::release).isInstanceOf(IllegalStateException.class);
    kept.release();
  }

  @Test
  void decodersGetSmallReadsAsArrays() {
    ByteBuf small = POOL.directBuffer().writeBytes("GET /".getBytes(ISO_8859_1));
    ByteBuf copy = (ByteBuf) HeapReads.of(small);
    assertThat(small.refCnt()).isZero();
    assertThat(copy.hasArray()).isTrue();
    assertThat(copy.toString(ISO_8859_1)).isEqualTo("GET /");
    ByteBuf large = POOL.directBuffer().writeZero(1025);
    assertThat(HeapReads.of(large)).isSameAs(large);
    large.release();
    ByteBuf array = Unpooled.copiedBuffer("GET /", ISO_8859_1);
    assertThat(HeapReads.of(array)).isSameAs(array);
    assertThat(HeapReads.of("no bytes")).isEqualTo("no bytes");
    array.release();
    copy.release();
  }
}
