package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the first bytes say. */
class SnifferTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          GET / HTTP/1.1|HTTP1
          G|MORE
          OPTIONS|MORE
          M-SEARCH * HTTP/1.1|HTTP1
          PRI * HTTP/2.0|MORE
          P|MORE
          PR|MORE
          PRX |HTTP1
          PUT / HTTP/1.1|HTTP1
          ABCDEFGHIJKLMNOPQRSTUVWXYZ|OPAQUE
          \u0016\u0003\u0001|OPAQUE
          \u0000\u0001|OPAQUE
           GET|OPAQUE
          220 ready|OPAQUE
          """)
  void readsTheFirstBytes(String bytes, Sniffer.Verdict verdict) {
    assertThat(verdict(bytes)).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({"24,HTTP2", "23,MORE", "1,MORE"})
  void knowsThePreface(int length, Sniffer.Verdict verdict) {
    assertThat(verdict("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".substring(0, length))).isEqualTo(verdict);
  }

  private static Sniffer.Verdict verdict(String bytes) {
    ByteBuf in = Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1);
    try {
      return Sniffer.verdict(in);
    } finally {
      in.release();
    }
  }
}
