package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  @ParameterizedTest
  @CsvSource({
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00,          0",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,          1",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03,          3",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff,          255",
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,          1",
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later,    1",
    "00-00000000000000000000000000000001-0000000000000001-01,          1",
  })
  void readsFlagsOfValidHeaders(String header, int flags) {
    assertThat(TraceParent.flags(header)).isEqualTo(flags);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0z",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-z0",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\u0661\u0661",
        "00-\uff14bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      })
  void refusesEverythingElse(@Nullable String header) {
    assertThat(TraceParent.flags(header)).isEqualTo(TraceParent.INVALID);
  }

  @Test
  void refusesALongHeaderWithoutReadingItAll() {
    assertThat(TraceParent.flags("0".repeat(1 << 20))).isEqualTo(TraceParent.INVALID);
  }

  @Test
  void takesIdsOutOfAHeader() {
    String header = "00-" + TRACE + "-" + SPAN + "-01";
    assertThat(TraceParent.traceId(header)).isEqualTo(TRACE);
    assertThat(TraceParent.spanId(header)).isEqualTo(SPAN);
  }

  @Test
  void formatsWhatItParses() {
    AsciiString header =
        TraceParent.format(0x4bf92f3577b34da6L, 0xa3ce929d0e0e4736L, 0xf067aa0ba902b7L, true);
    assertThat(header.toString()).isEqualTo("00-" + TRACE + "-" + SPAN + "-01");
    assertThat(TraceParent.format(1, 2, 3, false).toString())
        .isEqualTo("00-00000000000000010000000000000002-0000000000000003-00");
  }

  /**
   * Whatever single character is replaced, the answer is a flags octet or "invalid", never an
   * exception.
   */
  @Test
  void survivesAnyOneCharacterChanged() {
    String header = "00-" + TRACE + "-" + SPAN + "-01";
    for (int i = 0; i < header.length(); i++) {
      for (char c : "0fFgG-_ \0\u0661\uffff".toCharArray()) {
        String changed = header.substring(0, i) + c + header.substring(i + 1);
        int flags = TraceParent.flags(changed);
        assertThat(flags).as(changed).isBetween(TraceParent.INVALID, 255);
        boolean hex = c == '0' || c == 'f';
        boolean dash = i == 2 || i == 35 || i == 52;
        assertThat(flags != TraceParent.INVALID).as(changed).isEqualTo(dash ? c == '-' : hex);
      }
    }
  }

  @Test
  void anInvalidHeaderIsNotSampled() {
    assertThat(TraceParent.isSampled(TraceParent.INVALID)).isFalse();
    assertThat(TraceParent.isSampled(0)).isFalse();
    assertThat(TraceParent.isSampled(3)).isTrue();
  }
}
