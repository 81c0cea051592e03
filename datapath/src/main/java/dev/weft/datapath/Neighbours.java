package dev.weft.datapath;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Nodes of which the kernel must know at any time whether their host is there, because segments are
 * handed on to those only: it asks for them by itself (NTF_MANAGED). Owned by {@link
 * KernelDatapath}, under its lock.
 */
final class Neighbours {
  private final String uplink;
  private Set<Ipv4> watched = Set.of();

  Neighbours(String uplink) {
    this.uplink = uplink;
  }

  void apply(Set<Ipv4> nodes) {
    List<String> commands = new ArrayList<>();
    Set<Ipv4> fresh = new HashSet<>(nodes);
    fresh.removeAll(watched);
    for (Ipv4 node : fresh) {
      // What it remembers may be half a minute old.
      commands.add(forget(node));
      commands.add("neigh replace " + node + " dev " + uplink + " managed");
    }
    Set<Ipv4> over = new HashSet<>(watched);
    over.removeAll(nodes);
    over.forEach(node -> commands.add(forget(node)));
    IpCommand.batch(commands);
    watched = Set.copyOf(nodes);
  }

  private String forget(Ipv4 node) {
    return "neigh flush to " + node + " dev " + uplink;
  }
}
