package dev.weft.routing;

import dev.weft.api.v1.CidrIdentity;
import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.ReservedIdentity;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * NetworkPolicy as numbers, for traffic that eBPF hands to the proxy. Immutable; the same answers
 * as the datapath's policy map.
 */
public final class NetworkVerdicts {
  /** No policy selects anyone. */
  static final NetworkVerdicts EMPTY = new NetworkVerdicts(PersistentMap.empty(), Prefixes.EMPTY);

  private final PersistentMap<Integer, IdentityRules> rules;
  private final Prefixes prefixes;

  private NetworkVerdicts(PersistentMap<Integer, IdentityRules> rules, Prefixes prefixes) {
    this.rules = rules;
    this.prefixes = prefixes;
  }

  /** Which way a connection goes, as seen by the pod whose rules are asked. */
  public enum Direction {
    INGRESS,
    EGRESS
  }

  private record IdentityRules(Side ingress, Side egress) {
    Side side(Direction direction) {
      return switch (direction) {
        case INGRESS -> ingress;
        case EGRESS -> egress;
      };
    }
  }

  /**
   * One direction of an identity's rules.
   *
   * @param byPeer allow rules by the peer's number; 0 holds those for anyone
   */
  private record Side(boolean isolated, Map<Integer, List<Allow>> byPeer) {
    boolean allows(int peer, int protocol, int port) {
      return !isolated
          || matches(0, protocol, port)
          || (peer != 0 && matches(peer, protocol, port));
    }

    private boolean matches(int peer, int protocol, int port) {
      List<Allow> allows = byPeer.get(peer);
      if (allows != null) {
        for (Allow allow : allows) {
          if (allow.matches(protocol, port)) {
            return true;
          }
        }
      }
      return false;
    }
  }

  /** A protocol and ports; 0: any. */
  private record Allow(int protocol, int port, int endPort) {
    boolean matches(int otherProtocol, int otherPort) {
      return (protocol == 0 || protocol == otherProtocol)
          && (port == 0 || (otherPort >= port && otherPort <= endPort));
    }
  }

  /**
   * Whether the rules of {@code identity} let it speak with a peer.
   *
   * @param identity whose rules are asked: the receiver's for ingress, the sender's for egress
   * @param peer the other side's number
   * @param protocol IANA number: 6 TCP, 17 UDP
   * @param port the receiver's port
   */
  public boolean allows(Direction direction, int identity, int peer, int protocol, int port) {
    IdentityRules own = rules.get(identity);
    return own == null || own.side(direction).allows(peer, protocol, port);
  }

  /** The number of an address that is no pod: the longest known prefix, else the world. */
  public int identityOf(int address) {
    return prefixes.find(address);
  }

  NetworkVerdicts next(Changes changes, MeshView view) {
    PersistentMap.Edit<Integer, IdentityRules> edit = rules.edit();
    changes.each(
        BodyCase.NETWORK_RULES,
        change -> {
          Resource after = change.after();
          if (after != null) {
            edit.put(after.getNetworkRules().getIdentity(), compile(after.getNetworkRules()));
          } else if (change.before() != null) {
            edit.remove(change.before().getNetworkRules().getIdentity());
          }
        });
    boolean[] other = {false};
    changes.each(
        BodyCase.CIDR,
        change -> {
          other[0] = true;
          if (change.after() != null) {
            Prefixes.check(change.after().getCidr());
          }
        });
    PersistentMap<Integer, IdentityRules> nextRules = edit.done();
    if (nextRules == rules && !other[0]) {
      return this;
    }
    return new NetworkVerdicts(nextRules, other[0] ? Prefixes.of(view) : prefixes);
  }

  private static IdentityRules compile(NetworkRules rules) {
    return new IdentityRules(
        side(rules, false, rules.getIngressIsolated()),
        side(rules, true, rules.getEgressIsolated()));
  }

  private static Side side(NetworkRules rules, boolean egress, boolean isolated) {
    Map<Integer, List<Allow>> byPeer = new HashMap<>();
    for (NetworkRules.Rule rule : rules.getRulesList()) {
      if (rule.getEgress() == egress) {
        byPeer
            .computeIfAbsent(rule.getPeer(), _ -> new ArrayList<>())
            .add(
                new Allow(
                    rule.getProtocol(),
                    rule.getPort(),
                    Math.max(rule.getPort(), rule.getEndPort())));
      }
    }
    return new Side(isolated, byPeer);
  }

  /** Numbers of prefixes, asked from the longest length that exists to the shortest. */
  private static final class Prefixes {
    static final Prefixes EMPTY = new Prefixes();

    private final @Nullable Map<Integer, Integer>[] byLength = newTable();

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of generic types have no other way
    private static @Nullable Map<Integer, Integer>[] newTable() {
      return new Map[33];
    }

    static void check(CidrIdentity cidr) {
      Ipv4.of(cidr.getNetwork());
      if (cidr.getPrefixLength() < 0 || cidr.getPrefixLength() > 32) {
        throw new IllegalArgumentException(
            "a prefix of " + cidr.getPrefixLength() + " bits; IPv4 has 32");
      }
    }

    static Prefixes of(MeshView view) {
      Prefixes prefixes = new Prefixes();
      view.forEach(BodyCase.CIDR, resource -> prefixes.add(resource.getCidr()));
      return prefixes;
    }

    private void add(CidrIdentity cidr) {
      int length = cidr.getPrefixLength();
      if (cidr.getNetwork().size() != 4 || length < 0 || length > 32) {
        return; // refused by check()
      }
      Map<Integer, Integer> map = byLength[length];
      if (map == null) {
        map = new HashMap<>();
        byLength[length] = map;
      }
      map.put(Ipv4.of(cidr.getNetwork()) & mask(length), cidr.getNumber());
    }

    int find(int address) {
      for (int length = 32; length >= 0; length--) {
        Map<Integer, Integer> map = byLength[length];
        Integer number = map == null ? null : map.get(address & mask(length));
        if (number != null) {
          return number;
        }
      }
      return ReservedIdentity.RESERVED_IDENTITY_WORLD_VALUE;
    }

    private static int mask(int length) {
      return length == 0 ? 0 : -1 << (32 - length);
    }
  }
}
