package dev.weft.node;

import java.util.BitSet;

/**
 * Gives out the addresses of one node's pod network. A freed address is used again as late as
 * possible, so that nobody talks to a new pod believing it is the old one. Confined to the attach
 * thread.
 */
final class Ipam {
  /** The network's own address and the first one, which many people take for a router. */
  private static final int RESERVED_AT_START = 2;

  private final PodNetwork network;
  private final BitSet used;
  private int next = RESERVED_AT_START;

  Ipam(PodNetwork network) {
    this.network = network;
    this.used = new BitSet(network.size());
    used.set(0, RESERVED_AT_START);
    used.set(network.size() - 1); // broadcast
  }

  /**
   * Takes a free address.
   *
   * @throws AttachException try again later, when every address is taken
   */
  int allocate() {
    int free = used.nextClearBit(next);
    if (free >= network.size()) {
      free = used.nextClearBit(0);
    }
    if (free >= network.size()) {
      throw new AttachException(
          AttachException.TRY_AGAIN,
          "no free address in " + network + ": delete pods or use a larger pod network");
    }
    used.set(free);
    next = free + 1;
    return network.network() + free;
  }

  /** Marks an address of an earlier life as taken. Addresses of other networks are left alone. */
  void adopt(int address) {
    if (network.contains(address)) {
      used.set(address - network.network());
    }
  }

  void release(int address) {
    int offset = address - network.network();
    if (network.contains(address) && offset >= RESERVED_AT_START && offset < network.size() - 1) {
      used.clear(offset);
    }
  }
}
