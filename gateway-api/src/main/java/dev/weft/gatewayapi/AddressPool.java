package dev.weft.gatewayapi;

import dev.weft.resources.Cidr;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives each Gateway an address of its own out of one IPv4 prefix. The first choice depends on the
 * Gateway's name alone, and what was given stays given: the same Gateways get the same addresses in
 * any order after a restart with {@link #assigned()} kept, and nearly always without. The lowest
 * addresses are given to nobody who does not ask for them by value as long as there are others, as
 * Kubernetes does with ClusterIPs (KEP-3070): they are free for those who plan.
 *
 * <p>Owned by the thread that translates.
 */
public final class AddressPool {
  private final Cidr range;
  private final int base;
  private final int size;
  private final int band;
  private final Map<String, String> byGateway;
  private final Set<String> taken;
  private final Map<String, String> claims = new HashMap<>();

  /**
   * A pool.
   *
   * @param assigned addresses by "namespace/name" from an earlier life; those outside of the range
   *     are forgotten
   * @throws IllegalArgumentException when the range is no IPv4 prefix of 8 to 30 bits
   */
  public AddressPool(Cidr range, Map<String, String> assigned) {
    if (!range.isIpv4() || range.length() < 8 || range.length() > 30) {
      throw new IllegalArgumentException(
          range + " cannot hold Gateway addresses; use an IPv4 prefix of 8 to 30 bits");
    }
    this.range = range;
    byte[] network = range.network();
    this.base =
        (network[0] & 0xff) << 24
            | (network[1] & 0xff) << 16
            | (network[2] & 0xff) << 8
            | (network[3] & 0xff);
    // Without the network's own address and the broadcast address.
    this.size = (1 << (32 - range.length())) - 2;
    int wanted = Math.clamp(size / 16, 16, 256);
    this.band = size > 2 * wanted ? wanted : 0;
    this.byGateway = new HashMap<>();
    this.taken = new HashSet<>();
    assigned.forEach(
        (gateway, address) -> {
          if (contains(address) && taken.add(address)) {
            byGateway.put(gateway, address);
          }
        });
  }

  /** Whether Gateways can be given this address: it lies inside the range. */
  public boolean contains(String address) {
    Cidr single = Cidr.ofAddress(address);
    return single != null && range.contains(single);
  }

  /**
   * An address of a Gateway, the same each time; null when all are given away.
   *
   * @param ordinal from 0: a Gateway may have several
   */
  @Nullable String addressOf(String namespace, String name, int ordinal) {
    String gateway = key(namespace + "/" + name, ordinal);
    String known = byGateway.get(gateway);
    if (known != null) {
      return known;
    }
    int planned = size - band;
    int first = Math.floorMod(gateway.hashCode(), planned);
    for (int i = 0; i < size; i++) {
      int place = i < planned ? band + (first + i) % planned : i - planned;
      String address = text(base + 1 + place);
      if (!claims.containsKey(address) && taken.add(address)) {
        byGateway.put(gateway, address);
        return address;
      }
    }
    return null;
  }

  private static String key(String gateway, int ordinal) {
    return ordinal == 0 ? gateway : gateway + "#" + ordinal;
  }

  /**
   * Gives a Gateway the address it asks for, until the next {@link #retain}. False when it is
   * outside of the range or another Gateway has it: nobody can take an address away.
   *
   * @param gateway "namespace/name"
   */
  boolean claim(String gateway, String address) {
    if (!contains(address)) {
      return false;
    }
    if (address.equals(byGateway.get(gateway))) {
      // What it was given and now asks for is no longer free for its other wishes.
      byGateway.remove(gateway);
      taken.remove(address);
    }
    return !taken.contains(address)
        && gateway.equals(claims.computeIfAbsent(address, each -> gateway));
  }

  /**
   * Takes back all addresses but those given to these Gateways, and all that were asked for.
   *
   * @param gateways how many addresses of any value each wants, by "namespace/name"
   */
  void retain(Map<String, Integer> gateways) {
    Set<String> kept = new HashSet<>();
    gateways.forEach(
        (gateway, count) -> {
          for (int i = 0; i < count; i++) {
            kept.add(key(gateway, i));
          }
        });
    claims.clear();
    byGateway.keySet().retainAll(kept);
    taken.clear();
    taken.addAll(byGateway.values());
  }

  /** What is given away now, by "namespace/name"; a copy. */
  public Map<String, String> assigned() {
    return new TreeMap<>(byGateway);
  }

  private static String text(int address) {
    return (address >>> 24)
        + "."
        + ((address >>> 16) & 0xff)
        + "."
        + ((address >>> 8) & 0xff)
        + "."
        + (address & 0xff);
  }
}
