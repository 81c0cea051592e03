package dev.weft.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldWriterTest {
  private final FieldWriter writer = new FieldWriter();

  private String written(HttpHeaders fields) {
    ByteBuf buffer = Unpooled.directBuffer();
    try {
      writer.write(fields, buffer);
      return buffer.toString(ISO_8859_1);
    } finally {
      buffer.release();
    }
  }

  private static HttpHeaders fields() {
    return new DefaultHttpHeaders();
  }

  @Test
  void writesALineAField() {
    HttpHeaders fields =
        fields().add("Host", "shop").add(AsciiString.cached("accept"), "*/*").add("Host", "");
    assertThat(written(fields)).isEqualTo("Host: shop\r\naccept: */*\r\nHost: \r\n");
    assertThat(written(fields())).isEmpty();
  }

  @Test
  void writesPartsOfArrays() {
    AsciiString part = new AsciiString("xx-canaryx").subSequence(1, 9, false);
    assertThat(written(fields().add(part, part))).isEqualTo("x-canary: x-canary\r\n");
  }

  /** A character must never become a line break, whatever its lower eight bits are. */
  @Test
  void whatIsNotLatin1BecomesAQuestionMark() {
    assertThat(written(fields().add("x", "\u00e9\u010d\u010a\u20ac")))
        .isEqualTo("x: \u00e9???\r\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {2030, 2040, 2041, 2042, 2043, 2044, 2045, 2048, 2049, 70_000})
  void writesHeadsThatAreLongerThanItsArray(int length) {
    String value = "v".repeat(length);
    HttpHeaders fields = fields().add("a", value).add("b", "2").add("c", value);
    assertThat(written(fields)).isEqualTo("a: " + value + "\r\nb: 2\r\nc: " + value + "\r\n");
  }
}
