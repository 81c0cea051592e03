package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long an HTTP/2 client may owe the rest of a head. */
class H2HeadTimeTest {

  /** GET, http, /, authority a. */
  private static final String BLOCK = "828684410161";

  private final List<String> accepted = new ArrayList<>();

  /** Never answers. */
  private final H2Wire wire =
      new H2Wire(
          HttpLimits.defaults().withHeadTimeout(Duration.ofSeconds(5)),
          (head, end, answer) -> {
            accepted.add(head.method() + " " + head.target());
            return new H2Wire.Nothing();
          });

  @AfterEach
  void close() {
    wire.close();
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
    wire.send(hex.replace(" ", ""));
    wire.pass(5);
    assertThat(wire.isOpen()).as(name).isTrue();
    wire.pass(2);
    assertThat(wire.isOpen()).as(name).isFalse();
    assertThat(wire.written()).as("GOAWAY").containsPattern("000007|0000..070000000000");
    assertThat(accepted).isEmpty();
    assertThat(wire.waiting()).isZero();
  }

  @Test
  void givesContinuationsNoTimeOfTheirOwn() {
    wire.send(H2Wire.GREETING + "000000010100000001");
    for (int i = 0; i < 7 && wire.isOpen(); i++) {
      wire.send("000001090000000001" + BLOCK.substring(2 * (i % 3), 2 * (i % 3) + 2));
      wire.pass(1);
    }
    assertThat(wire.isOpen()).isFalse();
  }

  @Test
  void leavesSlowBodiesAndQuietStreamsAlone() {
    // A request with a body of which three of five bytes come, byte by byte; then a whole request.
    wire.send(H2Wire.GREETING);
    String head = "000006010400000001" + BLOCK;
    for (int i = 0; i < head.length(); i += 2) {
      wire.send(head.substring(i, i + 2));
    }
    wire.send("000005000000000001" + "616263");
    wire.pass(60);
    assertThat(wire.isOpen()).isTrue();
    wire.send("6465" + "000006010500000003" + BLOCK);
    wire.pass(60);
    assertThat(wire.isOpen()).isTrue();
    assertThat(accepted).containsExactly("GET /", "GET /");
  }
}
