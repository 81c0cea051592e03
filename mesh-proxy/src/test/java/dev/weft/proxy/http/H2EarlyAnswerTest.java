package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An answer that is complete before its request is (RFC 9113, section 8.1). */
class H2EarlyAnswerTest {

  /** POST, http, /, authority a; more is to come. */
  private static final String HEAD = "000006010400000001" + "838684410161";

  private static final String RESET = "00000403000000000100000000";

  private final H2Wire wire = new H2Wire(limits(), (head, end, answer) -> refuse(answer));

  private static RequestReceiver refuse(ServerStream answer) {
    answer.head(ResponseHead.of(403), true);
    return new H2Wire.Nothing();
  }

  /** Of an unwanted body four bytes are read. */
  private static HttpLimits limits() {
    HttpLimits defaults = HttpLimits.defaults();
    return new HttpLimits(
        defaults.maxLine(),
        defaults.maxHead(),
        defaults.headTimeout(),
        defaults.idleTimeout(),
        defaults.maxStreams(),
        defaults.streamWindow(),
        defaults.connectionWindow(),
        4);
  }

  @BeforeEach
  void refusesEverything() {
    wire.send(H2Wire.GREETING);
    wire.written();
    wire.send(HEAD);
    assertThat(wire.written())
        .as("the answer, which ends the stream")
        .contains("0105" + "00000001");
  }

  @AfterEach
  void close() {
    wire.close();
  }

  @Test
  void aRequestThatEndsSoonIsNotReset() {
    wire.send("000003000100000001" + "616263");
    wire.pass(10);

    assertThat(wire.written()).doesNotContain(RESET);
    assertThat(wire.isOpen()).isTrue();
  }

  @Test
  void oneThatDoesNotEndIs() {
    wire.pass(2);
    assertThat(wire.written()).doesNotContain(RESET);
    wire.pass(1);
    assertThat(wire.written()).contains(RESET);
    wire.pass(10);
    assertThat(wire.written()).isEmpty();
  }

  @Test
  void soIsOneThatGoesOnAndOn() {
    wire.send("000003000000000001" + "616263");
    assertThat(wire.written()).doesNotContain(RESET);
    wire.send("000003000000000001" + "616263");
    assertThat(wire.written()).contains(RESET);
    wire.pass(10);
    assertThat(wire.written()).isEmpty();
  }

  @Test
  void whoGivesUpItselfIsLeftAlone() {
    wire.send("00000403000000000100000008");
    wire.pass(10);
    assertThat(wire.written()).doesNotContain(RESET);
  }
}
