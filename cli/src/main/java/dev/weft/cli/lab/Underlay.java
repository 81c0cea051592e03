package dev.weft.cli.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * The network between the nodes: a switch in a namespace of its own, one link to every node, one to
 * the machine itself, which stands for the world outside of the cluster. ARCHITECTURE.md lists the
 * addresses.
 */
final class Underlay {
  static final String SWITCH = "weft-net";
  static final String NODE_PREFIX = "weft-node-";
  static final String POD_PREFIX = "weft-pod-";
  static final String HOST_LINK = "weft-host";
  static final String HOST_ADDRESS = "172.31.0.1";

  /** Device of a node on the underlay. */
  static final String UPLINK = "eth0";

  private static final String GATEWAY_NETWORK = "172.31.255.0/24";

  private final Ip ip;

  Underlay(Ip ip) {
    this.ip = ip;
  }

  /** Makes switch, links and nodes. */
  void up(List<LabNode> nodes) {
    List<String> machine = new ArrayList<>();
    machine.add("netns add " + SWITCH);
    machine.add("link add " + HOST_LINK + " type veth peer name host netns " + SWITCH);
    machine.add("address add " + HOST_ADDRESS + "/24 dev " + HOST_LINK);
    machine.add("link set " + HOST_LINK + " up");
    List<String> ports = new ArrayList<>();
    ports.add("link add br0 type bridge");
    ports.add("link set lo up");
    ports.add("link set br0 up");
    ports.add("link set host master br0 up");
    for (LabNode node : nodes) {
      machine.add("netns add " + node.namespace());
      ports.add(
          "link add n"
              + node.number()
              + " type veth peer name "
              + UPLINK
              + " netns "
              + node.namespace());
      ports.add("link set n" + node.number() + " master br0 up");
    }
    ip.batch(machine);
    ip.batch(SWITCH, ports);
    for (LabNode node : nodes) {
      ip.batch(
          node.namespace(),
          List.of(
              "link set lo up",
              "address add " + node.address() + "/24 dev " + UPLINK,
              "link set " + UPLINK + " up",
              "route add default via " + HOST_ADDRESS));
    }
    ip.ip("route", "replace", GATEWAY_NETWORK, "dev", HOST_LINK);
  }

  /** Every namespace that {@link #up} or a kubelet of this lab could have made, pods first. */
  static List<String> namespaces(Ip ip) {
    List<String> all = new ArrayList<>(ip.namespaces(POD_PREFIX));
    all.addAll(ip.namespaces(NODE_PREFIX));
    all.addAll(ip.namespaces(SWITCH));
    return all;
  }
}
