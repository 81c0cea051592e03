package dev.weft.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class CaptureTest {
  private static byte[] hex(String text) {
    return HexFormat.ofDelimiter(" ").parseHex(text);
  }

  @Test
  void countsTextInPackets() {
    Capture capture =
        new Capture(List.of("a secret and a secret".getBytes(StandardCharsets.US_ASCII)));
    assertThat(capture.occurrences("secret")).isEqualTo(2);
    assertThat(capture.occurrences("nothing")).isZero();
  }

  @Test
  void tellsTls13FromOlder() {
    byte[] tls13 = hex("00 16 03 03 00 7a 02 00 00 76 03 03 00 2b 00 02 03 04 17 03 03 00 10");
    byte[] tls12 = hex("00 16 03 03 00 7a 02 00 00 76 03 03 00 00 00 00");
    Capture capture = new Capture(List.of(tls13, tls12));
    assertThat(capture.tls13Handshakes()).isEqualTo(1);
    assertThat(capture.otherHandshakes()).isEqualTo(1);
    assertThat(capture.encryptedRecords()).isEqualTo(1);
  }
}
