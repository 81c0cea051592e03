package dev.weft.node;

import java.net.Inet4Address;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 prefix that pods get their addresses from.
 *
 * @param network first address, as a number in host order
 * @param prefixLength 8 to 29, so that at least five addresses are left for pods
 */
public record PodNetwork(int network, int prefixLength) {

  public PodNetwork {
    if (prefixLength < 8 || prefixLength > 29) {
      throw new IllegalArgumentException(
          "pod network /" + prefixLength + ": use a prefix of /8 to /29");
    }
    if ((network & (-1 << (32 - prefixLength))) != network) {
      throw new IllegalArgumentException("pod network: bits set after /" + prefixLength);
    }
  }

  /** Parses {@code 10.244.1.0/24}. */
  public static PodNetwork parse(String cidr) {
    String[] parts = cidr.split("/", 2);
    if (parts.length != 2) {
      throw new IllegalArgumentException("pod network '" + cidr + "': expected ADDRESS/LENGTH");
    }
    try {
      return new PodNetwork(toInt(Inet4Address.ofLiteral(parts[0])), Integer.parseInt(parts[1]));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("pod network '" + cidr + "': length is no number", e);
    }
  }

  /** Number of addresses, the network's own and the broadcast address included. */
  int size() {
    return 1 << (32 - prefixLength);
  }

  boolean contains(int address) {
    return (address & (-1 << (32 - prefixLength))) == network;
  }

  static int toInt(Inet4Address address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  static byte[] toBytes(int address) {
    return ByteBuffer.allocate(4).putInt(address).array();
  }

  static Inet4Address toAddress(int address) {
    try {
      return (Inet4Address) Inet4Address.getByAddress(toBytes(address));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an IPv4 address", e);
    }
  }

  @Override
  public String toString() {
    return toAddress(network).getHostAddress() + "/" + prefixLength;
  }
}
