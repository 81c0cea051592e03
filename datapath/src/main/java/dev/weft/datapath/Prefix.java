package dev.weft.datapath;

/**
 * An IPv4 network. Host bits are cleared.
 *
 * @param network first address
 * @param length number of leading bits that belong to the network, 0 to 32
 */
public record Prefix(Ipv4 network, int length) {
  public Prefix {
    if (length < 0 || length > 32) {
      throw new IllegalArgumentException("a prefix length is 0 to 32, not " + length);
    }
    network = new Ipv4(network.bits() & mask(length));
  }

  /** The network of just this address. */
  public static Prefix host(Ipv4 address) {
    return new Prefix(address, 32);
  }

  /**
   * Reads {@code address/length}.
   *
   * @throws IllegalArgumentException when either part is missing or malformed
   */
  public static Prefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,2}")) {
      throw new IllegalArgumentException("not an IPv4 prefix: \"" + text + "\"");
    }
    return new Prefix(
        Ipv4.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  /** Whether the address lies inside. */
  public boolean contains(Ipv4 address) {
    return (address.bits() & mask(length)) == network.bits();
  }

  @Override
  public String toString() {
    return network + "/" + length;
  }

  private static int mask(int length) {
    return length == 0 ? 0 : -1 << (32 - length);
  }
}
