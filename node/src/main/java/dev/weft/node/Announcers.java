package dev.weft.node;

import dev.weft.api.v1.Resource;
import dev.weft.datapath.Ipv4;
import dev.weft.routing.MeshView;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Which node answers for a Gateway's address on the underlay. Every node finds the same without
 * asking: of those that can, the one whose name and the address together hash highest (rendezvous
 * hashing), so that a node that comes or goes moves no address but its own. Pure.
 */
final class Announcers {
  private static final String AWAY = "away";

  private Announcers() {}

  /** The nodes that can answer: all that are not said to be away. */
  static Set<String> able(MeshView mesh) {
    Set<String> able = all(mesh);
    away(mesh).forEach(able::remove);
    return able;
  }

  private static Set<String> all(MeshView mesh) {
    Set<String> all = new HashSet<>();
    mesh.forEach(Resource.BodyCase.NODE, node -> all.add(node.getNode().getName()));
    return all;
  }

  /** The nodes that are said to be away. */
  static List<String> away(MeshView mesh) {
    Resource away = mesh.get(AWAY);
    return away == null ? List.of() : away.getAway().getNodesList();
  }

  /**
   * For each address that a node answers for, the node that answered before, by its own address:
   * the winner among those that serve, if this one were not there.
   */
  static Map<Ipv4, Ipv4> former(MeshView mesh, Set<Ipv4> announced, String node) {
    Set<String> serving = able(mesh);
    Resource away = mesh.get(AWAY);
    if (away != null) {
      serving.addAll(away.getAway().getLeavingList());
    }
    serving.remove(node);
    return winners(mesh, announced, serving);
  }

  /**
   * For each address that a node answers for, the node that would if its process were there, by its
   * own address: its programs go on without it.
   */
  static Map<Ipv4, Ipv4> absent(MeshView mesh, Set<Ipv4> announced, String node) {
    Set<String> all = all(mesh);
    Set<Ipv4> others = new HashSet<>(announced);
    others.removeIf(address -> winner(address, all).equals(node));
    return winners(mesh, others, all);
  }

  private static Map<Ipv4, Ipv4> winners(MeshView mesh, Set<Ipv4> addresses, Set<String> nodes) {
    Map<Ipv4, Ipv4> winners = new HashMap<>();
    for (Ipv4 address : addresses) {
      Resource winner = mesh.get("node/" + winner(address, nodes));
      if (winner != null && !winner.getNode().getAddress().isEmpty()) {
        winners.put(address, Ipv4.of(winner.getNode().getAddress().toByteArray()));
      }
    }
    return winners;
  }

  /** The addresses that a node answers for. */
  static Set<Ipv4> of(Set<Ipv4> addresses, Set<String> nodes, String node) {
    Set<Ipv4> own = new HashSet<>();
    for (Ipv4 address : addresses) {
      if (node.equals(winner(address, nodes))) {
        own.add(address);
      }
    }
    return own;
  }

  /** The node that answers for an address; empty when there is none. */
  static String winner(Ipv4 address, Set<String> nodes) {
    String winner = "";
    long highest = -1;
    for (String node : nodes) {
      long score = score(address, node);
      if (score > highest || (score == highest && node.compareTo(winner) < 0)) {
        winner = node;
        highest = score;
      }
    }
    return winner;
  }

  private static long score(Ipv4 address, String node) {
    CRC32C hash = new CRC32C();
    hash.update(node.getBytes(StandardCharsets.UTF_8));
    // A checksum of similar texts is similar: the multiplication spreads it.
    return ((hash.getValue() ^ (address.bits() & 0xffff_ffffL)) * 0x9e3779b97f4a7c15L) >>> 16;
  }
}
