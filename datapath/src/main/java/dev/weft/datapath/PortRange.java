package dev.weft.datapath;

import java.util.ArrayList;
import java.util.List;

/**
 * Ports that share leading bits: {@code bits} of {@code port} count.
 *
 * @param port first port
 * @param bits 1 to 16
 */
record PortRange(int port, int bits) {
  /** The fewest aligned blocks that make up an inclusive range; never more than 30. */
  static List<PortRange> of(int first, int last) {
    List<PortRange> ranges = new ArrayList<>();
    int port = first;
    while (port <= last) {
      int size = port == 0 ? 1 << 15 : Integer.lowestOneBit(port);
      while (port + size - 1 > last) {
        size >>= 1;
      }
      ranges.add(new PortRange(port, 16 - Integer.numberOfTrailingZeros(size)));
      port += size;
    }
    return ranges;
  }
}
