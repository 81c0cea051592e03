package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long an HTTP/2 client may owe the rest of a head. */
class H2HeadTimeTest {
  private static final String PREFACE = "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a";
  private static final String SETTINGS = "000000040000000000";
  private static final String ACK = "000000040100000000";

  /** GET, http, /, authority a. */
  private static final String BLOCK = "828684410161";

  private final long[] now = {0};
  private final List<String> accepted = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Ticker ticker = new Ticker(() -> now[0]);

  H2HeadTimeTest() {
    H2ServerConnection.install(
        channel.pipeline(),
        new LoopTools(
            new Flusher(channel.eventLoop()),
            ticker,
            HttpLimits.defaults().withHeadTimeout(Duration.ofSeconds(5))),
        (head, end, answer) -> {
          accepted.add(head.method() + " " + head.target());
          return new Nothing();
        });
  }

  /** A server that never answers. */
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

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nothing | ''
          half a preface | 505249202a2048545450
          no SETTINGS | 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a
          half a SETTINGS frame | 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a 00000604000000
          half a frame's head | 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a 000000040000000000 000006
          half a header block | 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a 000000040000000000 000006010500000001 8286
          no END_HEADERS | 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a 000000040000000000 000006010100000001 828684410161
          half a PING | 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a 000000040000000000 000008060000000000 00
          """)
  void endsInTime(String name, String hex) {
    send(hex.replace(" ", ""));
    pass(5);
    assertThat(channel.isOpen()).as(name).isTrue();
    pass(2);
    assertThat(channel.isOpen()).as(name).isFalse();
    assertThat(written()).as("GOAWAY").containsPattern("000007|0000..070000000000");
    assertThat(accepted).isEmpty();
    assertThat(ticker.size()).isZero();
  }

  @Test
  void givesContinuationsNoTimeOfTheirOwn() {
    send(PREFACE + SETTINGS + ACK + "000000010100000001");
    for (int i = 0; i < 7 && channel.isOpen(); i++) {
      send("000001090000000001" + BLOCK.substring(2 * (i % 3), 2 * (i % 3) + 2));
      pass(1);
    }
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void leavesSlowBodiesAndQuietStreamsAlone() {
    // A request with a body of which three of five bytes come, byte by byte; then a whole request.
    send(PREFACE + SETTINGS + ACK);
    String head = "000006010400000001" + BLOCK;
    for (int i = 0; i < head.length(); i += 2) {
      send(head.substring(i, i + 2));
    }
    send("000005000000000001" + "616263");
    pass(60);
    assertThat(channel.isOpen()).isTrue();
    send("6465" + "000006010500000003" + BLOCK);
    pass(60);
    assertThat(channel.isOpen()).isTrue();
    assertThat(accepted).containsExactly("GET /", "GET /");
  }
}
