package dev.weft.flows;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.util.AsciiString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The {@code traceparent} header of W3C Trace Context, level 1 §3.2: {@code 00-<32 hex>-<16 hex>-<2
 * hex>}. Strict, since the value comes from anybody: upper case, zero ids, a wrong length or a bad
 * separator make it invalid as a whole. A version above 00 is read by the rules of §3.3: its first
 * four fields only, and more may follow after a dash.
 */
final class TraceParent {

  /** What {@link #flags} answers for a header that is absent or invalid. */
  static final int INVALID = -1;

  private static final int SAMPLED = 1;
  private static final int LENGTH = 55;
  private static final int TRACE_ID = 3;
  private static final int SPAN_ID = 36;
  private static final int FLAGS = 53;
  private static final byte[] HEX = "0123456789abcdef".getBytes(ISO_8859_1);

  /** Value of every ASCII character as a lower-case hexadecimal digit, or -1. */
  private static final byte[] DIGITS = new byte[128];

  static {
    Arrays.fill(DIGITS, (byte) -1);
    for (byte value = 0; value < HEX.length; value++) {
      DIGITS[HEX[value]] = value;
    }
  }

  private TraceParent() {}

  /** The flags octet of a valid header, or {@link #INVALID}. Allocates nothing. */
  static int flags(@Nullable String header) {
    if (header == null || header.length() < LENGTH) {
      return INVALID;
    }
    int version = octet(header, 0);
    boolean framed =
        version >= 0
            && version != 0xff
            && header.charAt(2) == '-'
            && header.charAt(SPAN_ID - 1) == '-'
            && header.charAt(FLAGS - 1) == '-';
    if (!framed || !ends(header, version)) {
      return INVALID;
    }
    if (!isId(header, TRACE_ID, SPAN_ID - 1) || !isId(header, SPAN_ID, FLAGS - 1)) {
      return INVALID;
    }
    return Math.max(INVALID, octet(header, FLAGS));
  }

  /** Whether flags say that the caller records the trace; false for {@link #INVALID}. */
  static boolean isSampled(int flags) {
    return flags >= 0 && (flags & SAMPLED) != 0;
  }

  /** The trace id of a valid header. */
  static String traceId(String valid) {
    return valid.substring(TRACE_ID, SPAN_ID - 1);
  }

  /** The span id of a valid header. */
  static String spanId(String valid) {
    return valid.substring(SPAN_ID, FLAGS - 1);
  }

  /** A header of version 00 from binary ids, as it is written; neither id may be zero. */
  static AsciiString format(long traceHigh, long traceLow, long spanId, boolean sampled) {
    byte[] text = new byte[LENGTH];
    text[0] = '0';
    text[1] = '0';
    text[2] = '-';
    hex(text, TRACE_ID, traceHigh);
    hex(text, TRACE_ID + 16, traceLow);
    text[SPAN_ID - 1] = '-';
    hex(text, SPAN_ID, spanId);
    text[FLAGS - 1] = '-';
    text[FLAGS] = '0';
    text[FLAGS + 1] = (byte) (sampled ? '1' : '0');
    return new AsciiString(text, false);
  }

  private static boolean ends(String header, int version) {
    if (version == 0) {
      return header.length() == LENGTH;
    }
    return header.length() == LENGTH || header.charAt(LENGTH) == '-';
  }

  private static boolean isId(String header, int from, int to) {
    int seen = 0;
    for (int i = from; i < to; i++) {
      int digit = digit(header.charAt(i));
      if (digit < 0) {
        return false;
      }
      seen |= digit;
    }
    return seen != 0;
  }

  /** Negative unless both characters are lower-case hexadecimal digits. */
  private static int octet(String header, int at) {
    return digit(header.charAt(at)) << 4 | digit(header.charAt(at + 1));
  }

  private static int digit(char c) {
    return c < DIGITS.length ? DIGITS[c] : -1;
  }

  private static void hex(byte[] text, int at, long value) {
    for (int i = 0; i < 16; i++) {
      text[at + i] = HEX[(int) (value >>> (60 - 4 * i)) & 0xf];
    }
  }
}
