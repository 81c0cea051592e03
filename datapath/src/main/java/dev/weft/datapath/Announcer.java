package dev.weft.datapath;

import dev.weft.datapath.bpf.BpfException;
import dev.weft.datapath.bpf.PacketSocket;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the underlay of Gateway addresses that this node took over, so that neighbours who remember
 * another node stop asking that one: announcements of RFC 5227. Questions are answered by the
 * programs. Owned by {@link KernelDatapath}, under its lock.
 */
final class Announcer {
  private static final Logger log = LoggerFactory.getLogger(Announcer.class);

  private static final int ETHERTYPE_ARP = 0x0806;

  private final String uplink;
  private Set<Ipv4> announced = Set.of();

  Announcer(String uplink) {
    this.uplink = uplink;
  }

  /** Announces what is new in this set. */
  void apply(Set<Ipv4> addresses) {
    Set<Ipv4> fresh = new HashSet<>(addresses);
    fresh.removeAll(announced);
    announced = Set.copyOf(addresses);
    if (!fresh.isEmpty()) {
      log.info("this node answers for {}", fresh);
      send(fresh);
    }
  }

  /** Announces those of this set that are still ours. */
  void repeat(Set<Ipv4> addresses) {
    Set<Ipv4> ours = new HashSet<>(addresses);
    ours.retainAll(announced);
    if (!ours.isEmpty()) {
      send(ours);
    }
  }

  private void send(Set<Ipv4> addresses) {
    try {
      Mac mac = Mac.ofDevice(uplink);
      addresses.forEach(
          address -> PacketSocket.broadcast(uplink, ETHERTYPE_ARP, announcement(address, mac)));
    } catch (BpfException e) {
      // Neighbours find out when what they remember has aged.
      log.warn("cannot announce {}: {}", addresses, e.getMessage());
    }
  }

  /** A request for an address by its owner (RFC 5227, 2.3). */
  static byte[] announcement(Ipv4 address, Mac mac) {
    ByteBuffer arp = ByteBuffer.allocate(28);
    arp.putShort((short) 1)
        .putShort((short) 0x0800)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) 1);
    arp.put(mac.toBytes()).put(address.toBytes());
    arp.put(new byte[6]).put(address.toBytes());
    return arp.array();
  }
}
