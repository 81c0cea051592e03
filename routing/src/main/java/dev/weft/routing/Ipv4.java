package dev.weft.routing;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;

/** IPv4 addresses as ints in host order. */
public final class Ipv4 {
  private Ipv4() {}

  /** Dotted form. */
  public static String text(int address) {
    return (address >>> 24)
        + "."
        + ((address >>> 16) & 255)
        + "."
        + ((address >>> 8) & 255)
        + "."
        + (address & 255);
  }

  /**
   * Parses dotted form.
   *
   * @throws IllegalArgumentException when it is not an IPv4 address
   */
  public static int parse(String text) {
    int address = 0;
    int from = 0;
    for (int part = 0; part < 4; part++) {
      int to = part == 3 ? text.length() : text.indexOf('.', from);
      address = (address << 8) | octet(text, from, to);
      from = to + 1;
    }
    return address;
  }

  private static int octet(String text, int from, int to) {
    int value = 0;
    boolean valid = to > from && to - from <= 3;
    for (int i = from; valid && i < to; i++) {
      int digit = text.charAt(i) - '0';
      valid = digit >= 0 && digit <= 9;
      value = value * 10 + digit;
    }
    if (!valid || value > 255) {
      throw new IllegalArgumentException("\"" + text + "\" is not an IPv4 address");
    }
    return value;
  }

  /**
   * From four bytes in network order.
   *
   * @throws IllegalArgumentException when there are not four
   */
  public static int of(ByteString bytes) {
    if (bytes.size() != 4) {
      throw new IllegalArgumentException(
          "an address has "
              + bytes.size()
              + " bytes; only IPv4 addresses of 4 bytes are supported");
    }
    return ByteBuffer.wrap(bytes.toByteArray()).getInt();
  }
}
