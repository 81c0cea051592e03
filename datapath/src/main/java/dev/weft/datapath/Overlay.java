package dev.weft.datapath;

import dev.weft.datapath.DatapathState.RemoteNode;
import dev.weft.datapath.bpf.NetNamespace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The VXLAN device, the node's routing rules and settings, and the routes to the other nodes' pods.
 * Owned by {@link KernelDatapath}, under its lock.
 */
final class Overlay {
  static final String DEVICE = "weft0";
  private static final int PORT = 8472;

  /** "10.244.2.0/24 via 172.31.0.12 src 172.31.0.11 onlink"; asked by device, which is left out. */
  private static final Pattern ROUTE =
      Pattern.compile("^([0-9./]+) via ([0-9.]+) .*$", Pattern.MULTILINE);

  /** "10:\tfrom all fwmark 0x200/0xf00 lookup 2004". */
  private static final Pattern RULE = Pattern.compile("^10:.*$", Pattern.MULTILINE);

  private final DatapathOptions options;
  private final Map<Prefix, Ipv4> routes = new HashMap<>();
  private final int index;

  private Overlay(DatapathOptions options, int index) {
    this.options = options;
    this.index = index;
  }

  /** Makes what is missing, adopts what is there. */
  static Overlay open(DatapathOptions options) {
    if (NetNamespace.device(options.uplink()) == 0) {
      throw new DatapathException(
          "there is no device " + options.uplink() + " in this network namespace; name the uplink");
    }
    List<String> commands = new ArrayList<>();
    if (NetNamespace.device(DEVICE) == 0) {
      // Outer headers are chosen packet by packet, by the programs.
      commands.add(
          "link add %s address %s mtu %d type vxlan external dstport %d"
              .formatted(DEVICE, Mac.ofOverlay(options.nodeAddress()), options.podMtu(), PORT));
    }
    commands.add("link set %s mtu %d up".formatted(DEVICE, options.podMtu()));
    commands.add("route replace local default dev lo table 2004");
    // Addresses of no pod: otherwise they would follow the default route, and come back from there.
    commands.add("route replace unreachable " + options.podNetwork());
    // One process for all: a node that starts again needs no other.
    commands.add("rule show pref 10");
    commands.add("route show dev " + DEVICE);
    String shown = IpCommand.batch(commands);
    if (!RULE.matcher(shown).find()) {
      IpCommand.batch(List.of("rule add pref 10 fwmark 0x200/0xf00 lookup 2004"));
    }
    settings();
    Overlay overlay = new Overlay(options, NetNamespace.device(DEVICE));
    overlay.readRoutes(shown);
    return overlay;
  }

  private static void settings() {
    Sysctl.set("ipv4/ip_forward", "1");
    // What the node's processes send to Gateways comes back in through this device.
    Sysctl.set("ipv4/conf/" + DEVICE + "/accept_local", "1");
    // Packets for the proxy carry other hosts' addresses both ways.
    for (String device : List.of("all", "default", DEVICE)) {
      Sysctl.set("ipv4/conf/" + device + "/rp_filter", "0");
    }
    Sysctl.set("ipv6/conf/" + DEVICE + "/disable_ipv6", "1");
    // Outside of this range the kernel ignores IP_LOCAL_PORT_RANGE, and with it the proxy's 61000+.
    Sysctl.set("ipv4/ip_local_port_range", "32768 65535");
  }

  private void readRoutes(String shown) {
    routes.clear();
    Matcher matcher = ROUTE.matcher(shown);
    while (matcher.find()) {
      String destination = matcher.group(1);
      routes.put(
          Prefix.parse(destination.contains("/") ? destination : destination + "/32"),
          Ipv4.parse(matcher.group(2)));
    }
  }

  /** Index of the VXLAN device. */
  int index() {
    return index;
  }

  /**
   * Makes the routes lead to these nodes, and what the node's processes send to Gateways past the
   * programs of this device.
   */
  int apply(Set<RemoteNode> nodes, Set<Ipv4> gateways) {
    Map<Prefix, Ipv4> desired = new HashMap<>();
    nodes.forEach(node -> desired.put(node.podNetwork(), node.address()));
    gateways.forEach(gateway -> desired.put(Prefix.host(gateway), gateway));
    Diff<Prefix, Ipv4> diff = Diff.of(routes, desired);
    List<String> commands = new ArrayList<>();
    diff.puts()
        .forEach(
            (network, node) -> {
              commands.add(
                  "neigh replace %s lladdr %s dev %s nud permanent"
                      .formatted(node, Mac.ofOverlay(node), DEVICE));
              commands.add(
                  "route replace %s via %s dev %s onlink src %s"
                      .formatted(network, node, DEVICE, options.nodeAddress()));
            });
    diff.removals().forEach(network -> commands.add("route del " + network + " dev " + DEVICE));
    Set<Ipv4> unused = new HashSet<>(routes.values());
    unused.removeAll(desired.values());
    unused.forEach(node -> commands.add("neigh del " + node + " dev " + DEVICE));
    try {
      IpCommand.batch(commands);
    } finally {
      if (!commands.isEmpty()) {
        readRoutes(IpCommand.run("-4", "route", "show", "dev", DEVICE));
      }
    }
    return commands.size();
  }
}
