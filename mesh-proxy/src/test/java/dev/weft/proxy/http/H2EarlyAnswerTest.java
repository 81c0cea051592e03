package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An answer that is complete before its request is (RFC 9113, section 8.1). */
class H2EarlyAnswerTest {
  private static final String PREFACE = "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a";
  private static final String SETTINGS = "000000040000000000";
  private static final String ACK = "000000040100000000";

  /** POST, http, /, authority a; more is to come. */
  private static final String HEAD = "000006010400000001" + "838684410161";

  private static final String RESET = "00000403000000000100000000";

  private final long[] now = {0};
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Ticker ticker = new Ticker(() -> now[0]);

  /** Does not want to know. */
  private static final class Nothing implements RequestReceiver {
    @Override
    public void data(ByteBuf data, boolean end) {
      data.release();
    }

    @Override
    public void trailers(Trailers trailers) {}

    @Override
    public void cancelled() {}

    @Override
    public void writable() {}
  }

  @BeforeEach
  void refusesEverything() {
    HttpLimits defaults = HttpLimits.defaults();
    HttpLimits limits =
        new HttpLimits(
            defaults.maxLine(),
            defaults.maxHead(),
            defaults.headTimeout(),
            defaults.idleTimeout(),
            defaults.maxStreams(),
            defaults.streamWindow(),
            defaults.connectionWindow(),
            4);
    H2ServerConnection.install(
        channel.pipeline(),
        new LoopTools(new Flusher(channel.eventLoop()), ticker, limits),
        (head, end, answer) -> {
          answer.head(ResponseHead.of(403), true);
          return new Nothing();
        });
    send(PREFACE + SETTINGS + ACK);
    written();
    send(HEAD);
    assertThat(written()).as("the answer, which ends the stream").contains("0105" + "00000001");
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void send(String hex) {
    channel.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
    channel.runPendingTasks();
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now[0] += Duration.ofSeconds(1).toNanos();
      ticker.tick();
      channel.runPendingTasks();
    }
  }

  private String written() {
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      all.writeBytes(next);
      next.release();
    }
    return ByteBufUtil.hexDump(all);
  }

  @Test
  void aRequestThatEndsSoonIsNotReset() {
    send("000003000100000001" + "616263");
    pass(10);

    assertThat(written()).doesNotContain(RESET);
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void oneThatDoesNotEndIs() {
    pass(2);
    assertThat(written()).doesNotContain(RESET);
    pass(1);
    assertThat(written()).contains(RESET);
    pass(10);
    assertThat(written()).isEmpty();
  }

  @Test
  void soIsOneThatGoesOnAndOn() {
    send("000003000000000001" + "616263");
    assertThat(written()).doesNotContain(RESET);
    send("000003000000000001" + "616263");
    assertThat(written()).contains(RESET);
    pass(10);
    assertThat(written()).isEmpty();
  }

  @Test
  void whoGivesUpItselfIsLeftAlone() {
    send("00000403000000000100000008");
    pass(10);
    assertThat(written()).doesNotContain(RESET);
  }
}
