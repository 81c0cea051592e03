package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WriteBatchTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new WriteBatch());

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private String next() {
    ByteBuf out = channel.readOutbound();
    if (out == null) {
      return "";
    }
    String text = out.toString(StandardCharsets.US_ASCII);
    out.release();
    return text;
  }

  @Test
  void joinsSmallBuffersUntilTheFlush() {
    ByteBuf first = text("one");
    ChannelFuture written = channel.write(first);
    channel.write(text("two"));
    assertThat(written.isSuccess()).isTrue();
    assertThat(first.refCnt()).isZero();
    assertThat(next()).isEmpty();
    channel.flush();
    assertThat(next()).isEqualTo("onetwo");
    channel.finishAndReleaseAll();
  }

  @Test
  void keepsTheOrderAroundLargeBuffers() {
    channel.write(text("head"));
    channel.write(text("x".repeat(2000)));
    channel.write(text("tail"));
    channel.flush();
    assertThat(next() + next() + next()).isEqualTo("head" + "x".repeat(2000) + "tail");
    channel.finishAndReleaseAll();
  }

  @Test
  void writesWhatIsLeftBeforeItCloses() {
    channel.write(text("bye"));
    channel.close();
    assertThat(next()).isEqualTo("bye");
    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }
}
