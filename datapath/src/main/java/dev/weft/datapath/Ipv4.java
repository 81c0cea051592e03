package dev.weft.datapath;

import java.util.Arrays;

/**
 * An IPv4 address. Parsing never asks a resolver.
 *
 * @param bits the address as a number, first octet in the highest byte
 */
public record Ipv4(int bits) implements Comparable<Ipv4> {
  private static final int OCTETS = 4;

  /**
   * Reads dotted decimal notation.
   *
   * @throws IllegalArgumentException for anything but four decimal octets without leading zeros
   */
  public static Ipv4 parse(String text) {
    String[] octets = text.split("\\.", -1);
    if (octets.length != OCTETS) {
      throw notAnAddress(text);
    }
    int bits = 0;
    for (String octet : octets) {
      if (!octet.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(octet) > 255) {
        throw notAnAddress(text);
      }
      bits = (bits << 8) | Integer.parseInt(octet);
    }
    return new Ipv4(bits);
  }

  /**
   * Reads four bytes in network order.
   *
   * @throws IllegalArgumentException when there are not exactly four
   */
  public static Ipv4 of(byte[] network) {
    if (network.length != OCTETS) {
      throw new IllegalArgumentException(
          "an IPv4 address has 4 bytes, not " + network.length + ": " + Arrays.toString(network));
    }
    return new Ipv4(
        ((network[0] & 0xff) << 24)
            | ((network[1] & 0xff) << 16)
            | ((network[2] & 0xff) << 8)
            | (network[3] & 0xff));
  }

  /** The four bytes in network order. */
  public byte[] toBytes() {
    return new byte[] {
      (byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits
    };
  }

  @Override
  public int compareTo(Ipv4 other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return (bits >>> 24)
        + "."
        + ((bits >>> 16) & 0xff)
        + "."
        + ((bits >>> 8) & 0xff)
        + "."
        + (bits & 0xff);
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException("not an IPv4 address: \"" + text + "\"");
  }
}
