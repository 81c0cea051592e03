package dev.weft.node;

import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import java.util.BitSet;

/**
 * Gives out the addresses of one node's pod network. A freed address is used again as late as
 * possible, so that nobody talks to a new pod believing it is the old one. Confined to the attach
 * thread.
 */
final class Ipam {
  /** The network's own address and the first one, which many people take for a router. */
  private static final int RESERVED_AT_START = 2;

  private final Prefix network;
  private final int size;
  private final BitSet used;
  private int next = RESERVED_AT_START;

  /**
   * Smaller networks than /29 leave no five addresses, larger ones than /12 would cost memory for
   * nothing.
   */
  Ipam(Prefix network) {
    if (network.length() < 12 || network.length() > 29) {
      throw new IllegalArgumentException("pod network " + network + ": use a prefix of /12 to /29");
    }
    this.network = network;
    this.size = 1 << (32 - network.length());
    this.used = new BitSet(size);
    used.set(0, RESERVED_AT_START);
    used.set(size - 1); // broadcast
  }

  /**
   * Takes a free address.
   *
   * @throws AttachException try again later, when every address is taken
   */
  Ipv4 allocate() {
    int free = used.nextClearBit(next);
    if (free >= size) {
      free = used.nextClearBit(0);
    }
    if (free >= size) {
      throw new AttachException(
          AttachException.TRY_AGAIN,
          "no free address in " + network + ": delete pods or use a larger pod network");
    }
    used.set(free);
    next = free + 1;
    return new Ipv4(network.network().bits() + free);
  }

  /** Marks an address of an earlier life as taken. Addresses of other networks are left alone. */
  void adopt(Ipv4 address) {
    if (network.contains(address)) {
      used.set(offset(address));
    }
  }

  void release(Ipv4 address) {
    int offset = offset(address);
    if (network.contains(address) && offset >= RESERVED_AT_START && offset < size - 1) {
      used.clear(offset);
    }
  }

  private int offset(Ipv4 address) {
    return address.bits() - network.network().bits();
  }
}
