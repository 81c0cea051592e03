package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is to blame for a request that does not move. */
class StallTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter());
  private final Stall stall = new Stall();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private boolean over(int minutes, boolean bodyOwed) {
    return stall.over(Duration.ofMinutes(minutes).toNanos(), channel, bodyOwed);
  }

  @Test
  void aServerMayTakeItsTime() {
    assertThat(over(0, false)).isFalse();
    assertThat(over(1000, false)).isFalse();
  }

  @Test
  void aBodyMayNot() {
    assertThat(over(0, true)).isFalse();
    assertThat(over(5, true)).isFalse();
    assertThat(over(6, true)).isTrue();
  }

  @Test
  void aBodyThatNobodyReadsMay() {
    channel.config().setAutoRead(false);
    assertThat(over(6, true)).isFalse();
    channel.config().setAutoRead(true);
    assertThat(over(11, true)).isFalse();
    assertThat(over(12, true)).isTrue();
  }

  @Test
  void anAnswerMustBeTaken() {
    channel.write(Unpooled.wrappedBuffer(new byte[100]));
    assertThat(over(1, false)).isFalse();
    assertThat(over(6, false)).isFalse();
    assertThat(over(7, false)).isTrue();
    channel.flush();
    assertThat(over(8, false)).as("taken").isFalse();
  }
}
