package dev.weft.routing;

import java.util.List;

/** IPv4 addresses with a common prefix. Immutable. */
record IpBlock(int network, int mask) {

  /**
   * Parses "10.0.0.0/8" or a single address. IPv6 blocks hold no IPv4 address and are left out.
   *
   * @throws IllegalArgumentException when it is neither
   */
  static List<IpBlock> of(List<String> blocks) {
    return blocks.stream().filter(block -> block.indexOf(':') < 0).map(IpBlock::of).toList();
  }

  private static IpBlock of(String block) {
    int slash = block.indexOf('/');
    int length = 32;
    if (slash >= 0) {
      try {
        length = Integer.parseInt(block.substring(slash + 1));
      } catch (NumberFormatException e) {
        length = -1;
      }
    }
    if (length < 0 || length > 32) {
      throw new IllegalArgumentException(
          "\"" + block + "\" is no IP block; write for example 10.0.0.0/8");
    }
    int mask = length == 0 ? 0 : -1 << (32 - length);
    return new IpBlock(Ipv4.parse(slash < 0 ? block : block.substring(0, slash)) & mask, mask);
  }

  static boolean any(List<IpBlock> blocks, int address) {
    for (IpBlock block : blocks) {
      if ((address & block.mask) == block.network) {
        return true;
      }
    }
    return false;
  }
}
