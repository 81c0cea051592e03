package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Field values that HTTP/1.1 could not carry (RFC 9113 §8.2.1). */
class H2ValuesTest {
  /** RST_STREAM of stream 1 with PROTOCOL_ERROR. */
  private static final String RESET = "00000403000000000100000001";

  /** POST, http, /, authority a. */
  private static final String POST = "838684410161";

  private final List<String> seen = new ArrayList<>();
  private final H2Wire wire =
      new H2Wire(
          HttpLimits.defaults(),
          (head, end, answer) -> {
            seen.add("head");
            return new H2Wire.Nothing() {
              @Override
              public void trailers(Trailers trailers) {
                seen.add("trailers");
              }

              @Override
              public void cancelled() {
                seen.add("cancelled");
              }
            };
          });

  @AfterEach
  void close() {
    wire.close();
  }

  /** A literal field "a", never indexed. */
  private static String field(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
    return "100161" + "%02x".formatted(bytes.length) + ByteBufUtil.hexDump(bytes);
  }

  private static String headers(String block, boolean end) {
    return "%06x01%02x00000001".formatted(block.length() / 2, end ? 5 : 4) + block;
  }

  @ParameterizedTest
  @ValueSource(strings = {"x\ry", "x\ny", "x\0y", "x\r\nhost: evil", " x"})
  void areRefusedInHeadsAndTrailers(String value) {
    wire.send(H2Wire.GREETING);
    wire.send(headers(POST + field(value), true));
    assertThat(wire.written()).contains(RESET);
    assertThat(seen).isEmpty();

    wire.send(headers(POST, false).replace("00000001" + POST, "00000003" + POST));
    wire.send(headers(field(value), true).replace("00000001" + "1001", "00000003" + "1001"));
    assertThat(wire.written()).contains("00000403000000000300000001");
    assertThat(seen).containsExactly("head", "cancelled");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x y", "\u00e9", "x\ty"})
  void ordinaryOnesPass(String value) {
    wire.send(H2Wire.GREETING);
    wire.send(headers(POST + field(value), false));
    wire.send(headers(field(value), true));
    assertThat(wire.written()).doesNotContain(RESET);
    assertThat(seen).containsExactly("head", "trailers");
  }
}
