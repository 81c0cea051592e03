package dev.weft.cli.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * One node of the lab.
 *
 * @param name "node-1", "node-2", …
 * @param number from 1
 */
public record LabNode(String name, int number) {
  private static final int MAX_NODES = 100;

  /**
   * The nodes of a lab.
   *
   * @throws LabException for a number of nodes that the lab's addresses have no room for
   */
  static List<LabNode> first(int count) {
    if (count < 1 || count > MAX_NODES) {
      throw new LabException("a lab has 1 to " + MAX_NODES + " nodes, not " + count);
    }
    List<LabNode> nodes = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      nodes.add(new LabNode("node-" + number, number));
    }
    return nodes;
  }

  /** Network namespace. */
  public String namespace() {
    return Underlay.NODE_PREFIX + name;
  }

  /** Address on the underlay. */
  public String address() {
    return "172.31.0." + (10 + number);
  }

  /** Where the node's pods get their addresses from. */
  public String podNetwork() {
    return "10.244." + number + ".0/24";
  }
}
