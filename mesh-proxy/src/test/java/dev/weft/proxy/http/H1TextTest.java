package dev.weft.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class H1TextTest {
  private final H1Text text = new H1Text();

  private String written(HttpHeaders fields) {
    ByteBuf buffer = text.fields(fields).take(UnpooledByteBufAllocator.DEFAULT);
    try {
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
  @ValueSource(ints = {4070, 4080, 4090, 4091, 4092, 4093, 4096, 4097, 70_000})
  void writesHeadsThatAreLongerThanItsArray(int length) {
    String value = "v".repeat(length);
    HttpHeaders fields = fields().add("a", value).add("b", "2").add("c", value);
    assertThat(written(fields)).isEqualTo("a: " + value + "\r\nb: 2\r\nc: " + value + "\r\n");
  }
}
