package dev.weft.datapath;

import dev.weft.datapath.DatapathState.Allow;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Direction;
import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Peer;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.RemoteNode;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.Entries.L7Key;
import dev.weft.datapath.Entries.PeerEntry;
import dev.weft.datapath.Entries.Pod;
import dev.weft.datapath.Entries.RuleKey;
import dev.weft.datapath.Entries.Service;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the maps have to hold for a state: a pure function. */
record MapContents(
    Map<Ipv4, Pod> pods,
    Map<Prefix, PeerEntry> prefixes,
    Map<Ipv4, Integer> nodes,
    Map<ServicePort, Service> services,
    Map<Integer, Integer> isolation,
    Map<RuleKey, Integer> rules,
    Map<L7Key, Integer> l7Inbound,
    Map<Ipv4, Ipv4> absent) {
  private static final int UNKNOWN = 0;
  private static final int HOST = 1;
  private static final int WORLD = 2;
  private static final int INIT = 5;
  private static final int REMOTE_NODE = 6;
  private static final int PRESENT = 1;

  static MapContents of(
      DatapathState state, Collection<AttachedPod> attached, DatapathOptions options) {
    return new MapContents(
        pods(state, attached),
        prefixes(state, options),
        nodes(state),
        services(state),
        isolation(state),
        rules(state),
        l7Inbound(state, attached),
        state.absent());
  }

  private static Map<Ipv4, Pod> pods(DatapathState state, Collection<AttachedPod> attached) {
    return attached.stream()
        .collect(
            Collectors.toMap(
                AttachedPod::address, pod -> pod(pod, state.pods().get(pod.address()))));
  }

  private static Pod pod(AttachedPod attached, @Nullable LocalPod known) {
    if (known == null) {
      return initial(attached);
    }
    int l7 = known.l7Inbound().isEmpty() ? 0 : Entries.FLAG_L7_INBOUND;
    return new Pod(
        attached.index(), known.identity(), Entries.flags(known.mesh()) | l7, attached.mac());
  }

  /** A node may have several pod networks, and is one node all the same. */
  private static Map<Ipv4, Integer> nodes(DatapathState state) {
    Map<Ipv4, Integer> nodes = new HashMap<>();
    state.nodes().forEach(node -> nodes.put(node.address(), PRESENT));
    return nodes;
  }

  /** A pod that nothing is known of yet. */
  static Pod initial(AttachedPod attached) {
    return new Pod(attached.index(), INIT, 0, attached.mac());
  }

  private static Map<Prefix, PeerEntry> prefixes(DatapathState state, DatapathOptions options) {
    Map<Prefix, Ipv4> networks = new HashMap<>();
    Map<Prefix, PeerEntry> prefixes = new HashMap<>();
    for (RemoteNode node : state.nodes()) {
      networks.put(node.podNetwork(), node.address());
      prefixes.put(node.podNetwork(), new PeerEntry(UNKNOWN, 0, node.address()));
    }
    state
        .prefixes()
        .forEach(
            (prefix, peer) ->
                prefixes.put(
                    prefix,
                    new PeerEntry(
                        peer.identity(),
                        Entries.flags(peer.mesh()),
                        covering(networks, prefix).orElse(PeerEntry.NO_NODE))));
    for (ServicePort service : state.services().keySet()) {
      special(state, service.address(), Entries.FLAG_SERVICE, PeerEntry.NO_NODE, prefixes);
    }
    for (Ipv4 gateway : state.gateways()) {
      int announced = state.announced().contains(gateway) ? Entries.FLAG_ANNOUNCED : 0;
      Ipv4 former = state.former().getOrDefault(gateway, PeerEntry.NO_NODE);
      special(state, gateway, Entries.FLAG_GATEWAY | announced, former, prefixes);
    }
    for (RemoteNode node : state.nodes()) {
      prefixes.put(Prefix.host(node.address()), outside(REMOTE_NODE, 0));
    }
    prefixes.put(Prefix.host(options.nodeAddress()), outside(HOST, 0));
    prefixes.put(Prefix.host(PodAttachment.GATEWAY), outside(HOST, 0));
    return prefixes;
  }

  /** An address that the programs treat apart has the identity of what is around it. */
  private static void special(
      DatapathState state, Ipv4 address, int flags, Ipv4 node, Map<Prefix, PeerEntry> prefixes) {
    Prefix host = Prefix.host(address);
    int identity = covering(state.prefixes(), host).map(Peer::identity).orElse(WORLD);
    prefixes.put(host, new PeerEntry(identity, flags, node));
  }

  private static PeerEntry outside(int identity, int flags) {
    return new PeerEntry(identity, flags, PeerEntry.NO_NODE);
  }

  /** The value of the longest prefix that covers all of this one. */
  private static <T> Optional<T> covering(Map<Prefix, T> prefixes, Prefix inner) {
    for (int length = inner.length(); length >= 0; length--) {
      T value = prefixes.get(new Prefix(inner.network(), length));
      if (value != null) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private static Map<ServicePort, Service> services(DatapathState state) {
    Map<ServicePort, Service> services = new HashMap<>();
    state.services().forEach((port, target) -> services.put(port, service(target)));
    return services;
  }

  private static Service service(ServiceTarget target) {
    List<Backend> backends = sorted(target.backends());
    return new Service(
        (target.l7() ? Entries.SERVICE_L7 : 0)
            | (target.guarded() ? Entries.SERVICE_GUARDED : 0)
            | (target.clientAffinity() ? Entries.SERVICE_AFFINITY : 0)
            | (target.uplinkOnly() ? Entries.SERVICE_UPLINK : 0),
        Maglev.slots(backends.size()),
        fingerprint(backends));
  }

  /** Each backend once, in an order that every node finds. Named twice it weighs the heavier. */
  static List<Backend> sorted(List<Backend> backends) {
    return backends.stream()
        .collect(
            Collectors.toMap(
                backend -> backend.withWeight(1),
                Function.identity(),
                BinaryOperator.maxBy(Comparator.comparingInt(Backend::weight))))
        .values()
        .stream()
        .sorted(Comparator.comparing(Backend::address).thenComparingInt(Backend::port))
        .toList();
  }

  /** Says whether two tables are the same without reading them back. Never 0. */
  private static long fingerprint(List<Backend> backends) {
    ByteBuffer bytes = ByteBuffer.allocate(backends.size() * 3 * Integer.BYTES);
    backends.forEach(
        backend ->
            bytes.putInt(backend.address().bits()).putInt(backend.port()).putInt(backend.weight()));
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes.array());
      return ByteBuffer.wrap(hash).getLong() | 1;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private static Map<Integer, Integer> isolation(DatapathState state) {
    Map<Integer, Integer> isolation = new HashMap<>();
    state
        .rules()
        .forEach(
            (identity, rules) -> {
              int flags =
                  (rules.ingressIsolated() ? Entries.ISOLATED_INGRESS : 0)
                      | (rules.egressIsolated() ? Entries.ISOLATED_EGRESS : 0);
              if (flags != 0) {
                isolation.put(identity, flags);
              }
            });
    return isolation;
  }

  private static Map<RuleKey, Integer> rules(DatapathState state) {
    return state.rules().entrySet().stream()
        .flatMap(entry -> rules(entry.getKey(), entry.getValue()))
        .distinct()
        .collect(Collectors.toMap(Function.identity(), key -> PRESENT));
  }

  private static Stream<RuleKey> rules(int identity, NetworkRules rules) {
    return rules.allowed().stream()
        .filter(
            allow ->
                allow.direction() == Direction.INGRESS
                    ? rules.ingressIsolated()
                    : rules.egressIsolated())
        .flatMap(allow -> keys(identity, allow));
  }

  private static Stream<RuleKey> keys(int identity, Allow allow) {
    if (allow.direction() == Direction.INGRESS) {
      return keys(identity, allow, RuleKey.INGRESS);
    }
    RuleKey somewhere =
        new RuleKey(RuleKey.ANY_PROTOCOL, identity, allow.peer(), RuleKey.EGRESS_SOMEWHERE, 0, 0);
    return Stream.concat(Stream.of(somewhere), keys(identity, allow, RuleKey.EGRESS));
  }

  private static Stream<RuleKey> keys(int identity, Allow allow, int direction) {
    if (allow.port() == 0) {
      int bits = allow.protocol() == 0 ? RuleKey.ANY_PROTOCOL : RuleKey.ANY_PORT;
      return Stream.of(new RuleKey(bits, identity, allow.peer(), direction, allow.protocol(), 0));
    }
    Set<Integer> protocols =
        allow.protocol() == 0
            ? Set.of(Protocol.TCP.number(), Protocol.UDP.number())
            : Set.of(allow.protocol());
    int last = allow.endPort() == 0 ? allow.port() : allow.endPort();
    return PortRange.of(allow.port(), last).stream()
        .flatMap(
            range ->
                protocols.stream()
                    .map(
                        protocol ->
                            new RuleKey(
                                RuleKey.ANY_PORT + range.bits(),
                                identity,
                                allow.peer(),
                                direction,
                                protocol,
                                range.port())));
  }

  private static Map<L7Key, Integer> l7Inbound(
      DatapathState state, Collection<AttachedPod> attached) {
    Map<L7Key, Integer> keys = new HashMap<>();
    for (AttachedPod pod : attached) {
      LocalPod known = state.pods().get(pod.address());
      if (known != null) {
        known.l7Inbound().forEach(port -> keys.put(new L7Key(pod.address(), port), PRESENT));
      }
    }
    return keys;
  }
}
