package dev.weft.resources;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An address prefix, IPv4 or IPv6, with the bits behind the prefix cleared. */
public final class Cidr implements Comparable<Cidr> {
  private static final Pattern V4 =
      Pattern.compile(
          "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

  private final byte[] network;
  private final int length;

  private Cidr(byte[] address, int length) {
    this.network = address.clone();
    this.length = length;
    for (int bit = length; bit < network.length * 8; bit++) {
      network[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
  }

  /** Reads "10.0.0.0/8"; null when it is no prefix. */
  public static @Nullable Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("0|[1-9]\\d{0,2}")) {
      return null;
    }
    byte[] address = address(text.substring(0, slash));
    int length = Integer.parseInt(text.substring(slash + 1));
    return address == null || length > address.length * 8 ? null : new Cidr(address, length);
  }

  /** The prefix that holds one address only; null when the text is no address. */
  public static @Nullable Cidr ofAddress(String text) {
    byte[] address = address(text);
    return address == null ? null : new Cidr(address, address.length * 8);
  }

  /** The bytes of an address written in numbers, in network order; null when it is none. */
  public static byte @Nullable [] address(String text) {
    if (!V4.matcher(text).matches() && !V6.matcher(text).matches()) {
      return null;
    }
    try {
      return java.net.InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The four bytes of an IPv4 address; null when the text is none. */
  public static byte @Nullable [] ipv4(String text) {
    byte[] address = address(text);
    return address == null || address.length != 4 ? null : address;
  }

  public boolean contains(Cidr other) {
    return network.length == other.network.length
        && length <= other.length
        && Arrays.equals(network, new Cidr(other.network, length).network);
  }

  /** 4 or 16 bytes in network order; a copy. */
  public byte[] network() {
    return network.clone();
  }

  public int length() {
    return length;
  }

  public boolean isIpv4() {
    return network.length == 4;
  }

  @Override
  public int compareTo(Cidr other) {
    int byNetwork = Arrays.compareUnsigned(network, other.network);
    return byNetwork != 0 ? byNetwork : Integer.compare(length, other.length);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cidr cidr
        && length == cidr.length
        && Arrays.equals(network, cidr.network);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(network) + length;
  }

  @Override
  public String toString() {
    try {
      return java.net.InetAddress.getByAddress(network).getHostAddress() + "/" + length;
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError("a prefix holds 4 or 16 bytes", e);
    }
  }
}
