package dev.weft.datapath;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.Entries.L7Key;
import dev.weft.datapath.Entries.PeerEntry;
import dev.weft.datapath.Entries.Pod;
import dev.weft.datapath.Entries.RuleKey;
import dev.weft.datapath.Entries.Service;
import dev.weft.datapath.Entries.Target;
import dev.weft.datapath.bpf.BpfCollection;
import dev.weft.datapath.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The maps that hold a state, and the order in which they change. Owned by {@link KernelDatapath},
 * under its lock.
 */
final class Maps {
  /** Maps whose content outlives the process, by their names in the C source. */
  static final List<String> PINNED =
      List.of(
          "pods",
          "prefixes",
          "nodes",
          "services",
          "backends",
          "isolation",
          "rules",
          "l7_inbound",
          "absent",
          "revision",
          "tcp_connections",
          "other_connections",
          "spoken",
          "stats");

  /** Bounds the descriptors that are open at a time. */
  private static final int TABLES_AT_ONCE = 256;

  private final TypedMap<Ipv4, Pod> pods;
  private final TypedMap<Prefix, PeerEntry> prefixes;
  private final TypedMap<Ipv4, Integer> nodes;
  private final TypedMap<ServicePort, Service> services;
  private final TypedMap<Integer, Integer> isolation;
  private final TypedMap<RuleKey, Integer> rules;
  private final TypedMap<L7Key, Integer> l7Inbound;
  private final TypedMap<Ipv4, Ipv4> absent;
  private final BpfMap backends;
  private final BpfMap revision;
  private final Connections connections;

  Maps(BpfCollection programs) {
    pods = new TypedMap<>(programs.map("pods"), Codec.ADDRESS, Pod.CODEC);
    prefixes = new TypedMap<>(programs.map("prefixes"), Entries.PREFIX, PeerEntry.CODEC);
    nodes = new TypedMap<>(programs.map("nodes"), Codec.ADDRESS, Codec.NUMBER);
    services = new TypedMap<>(programs.map("services"), Entries.SERVICE_PORT, Service.CODEC);
    isolation = new TypedMap<>(programs.map("isolation"), Codec.NUMBER, Codec.NUMBER);
    rules = new TypedMap<>(programs.map("rules"), RuleKey.CODEC, Codec.NUMBER);
    l7Inbound = new TypedMap<>(programs.map("l7_inbound"), L7Key.CODEC, Codec.NUMBER);
    absent = new TypedMap<>(programs.map("absent"), Codec.ADDRESS, Codec.ADDRESS);
    backends = programs.map("backends");
    revision = programs.map("revision");
    connections = new Connections(programs);
  }

  Map<Ipv4, Pod> pods() {
    return pods.content();
  }

  /** Lets a device speak for a pod's address. */
  void putPod(Ipv4 address, Pod pod) {
    pods.put(address, pod);
  }

  /** Forgets a pod, and every connection of its address. */
  void removePod(Ipv4 address) {
    pods.remove(address);
    connections.forget(address);
  }

  /**
   * Writes what differs. What allows comes before what forbids, and goes after it; so nothing that
   * both the old and the new state allow is refused in between. An identity that nobody has yet is
   * isolated before somebody gets it.
   *
   * @return number of entries written or removed
   */
  int apply(MapContents desired, DatapathState state) {
    Diff<RuleKey, Integer> ruleDiff = rules.diff(desired.rules());
    Diff<Integer, Integer> isolationDiff = isolation.diff(desired.isolation());
    Diff<Integer, Integer> newcomers = newcomers(isolationDiff);
    boolean guarded = guards(desired.services());
    Diff<L7Key, Integer> l7Diff = l7Inbound.diff(desired.l7Inbound());
    Diff<Prefix, PeerEntry> prefixDiff = prefixes.diff(desired.prefixes());
    Diff<Ipv4, Pod> podDiff = pods.diff(desired.pods());
    Diff<Ipv4, Integer> nodeDiff = nodes.diff(desired.nodes());
    Diff<Ipv4, Ipv4> absentDiff = absent.diff(desired.absent());
    int changes =
        nodes.putAll(nodeDiff)
            + rules.putAll(ruleDiff)
            + l7Inbound.putAll(l7Diff)
            + absent.putAll(absentDiff)
            + isolation.putAll(newcomers)
            + prefixes.putAll(prefixDiff)
            + pods.putAll(podDiff)
            + isolation.putAll(isolation.diff(desired.isolation()))
            + applyServices(desired.services(), state)
            + isolation.removeAll(isolationDiff)
            + rules.removeAll(ruleDiff)
            + l7Inbound.removeAll(l7Diff)
            + prefixes.removeAll(prefixDiff)
            + absent.removeAll(absentDiff)
            + nodes.removeAll(nodeDiff);
    podDiff.removals().forEach(this::removePod);
    boolean verdictsChanged =
        !(ruleDiff.isEmpty()
            && isolationDiff.isEmpty()
            && l7Diff.isEmpty()
            && prefixDiff.isEmpty()
            && podDiff.isEmpty());
    if (verdictsChanged || guarded) {
      nextRevision();
    }
    return changes + podDiff.removals().size();
  }

  /** Isolation of identities that no pod and no prefix has at present. */
  private Diff<Integer, Integer> newcomers(Diff<Integer, Integer> diff) {
    if (diff.puts().isEmpty()) {
      return diff;
    }
    Map<Integer, Integer> puts = new HashMap<>(diff.puts());
    pods.content().values().forEach(pod -> puts.remove(pod.identity()));
    prefixes.content().values().forEach(peer -> puts.remove(peer.identity()));
    return new Diff<>(puts, Set.of());
  }

  /** Whether a service is about to be guarded that was not. */
  private boolean guards(Map<ServicePort, Service> desired) {
    return services.diff(desired).puts().entrySet().stream()
        .anyMatch(
            put -> {
              Service former = services.content().get(put.getKey());
              int before = former == null ? 0 : former.flags();
              return (put.getValue().flags() & ~before & Entries.SERVICE_GUARDED) != 0;
            });
  }

  /** Established connections are judged again, each with its next packet. */
  private void nextRevision() {
    byte[] zero = Codec.NUMBER.toBytes(0);
    byte[] current = revision.get(zero);
    int number = current == null ? 0 : Codec.NUMBER.fromBytes(current);
    revision.put(zero, Codec.NUMBER.toBytes(number + 1));
  }

  private int applyServices(Map<ServicePort, Service> desired, DatapathState state) {
    Diff<ServicePort, Service> diff = services.diff(desired);
    Map<ServicePort, List<Backend>> tables = new LinkedHashMap<>();
    diff.puts()
        .forEach(
            (port, service) -> {
              Service former = services.content().get(port);
              ServiceTarget target = state.services().get(port);
              if (target != null
                  && (former == null || former.fingerprint() != service.fingerprint())) {
                tables.put(port, MapContents.sorted(target.backends()));
              }
            });
    tables.forEach((port, sorted) -> shrink(port, sorted.size()));
    List<Map.Entry<ServicePort, List<Backend>>> changed = List.copyOf(tables.entrySet());
    for (int from = 0; from < changed.size(); from += TABLES_AT_ONCE) {
      putTables(changed.subList(from, Math.min(changed.size(), from + TABLES_AT_ONCE)));
    }
    services.putAll(diff);
    tables.forEach((port, sorted) -> forgetDatagrams(port, sorted));
    for (ServicePort port : diff.removals()) {
      services.remove(port);
      backends.remove(Entries.SERVICE_PORT.toBytes(port));
      forgetDatagrams(port, List.of());
    }
    return diff.puts().size() + diff.removals().size();
  }

  /** A table is never shorter than its service's entry says. */
  private void shrink(ServicePort port, int backendCount) {
    Service former = services.content().get(port);
    int slots = Maglev.slots(backendCount);
    if (former != null && former.slots() > slots) {
      services.put(port, new Service(former.flags(), slots, 0));
    }
  }

  /** One call for many: the kernel waits for running programs once a call, some 10 ms. */
  private void putTables(List<Map.Entry<ServicePort, List<Backend>>> changed) {
    List<byte[]> keys = new ArrayList<>();
    List<byte[]> tables = new ArrayList<>();
    List<BpfMap> open = new ArrayList<>();
    try {
      for (Map.Entry<ServicePort, List<Backend>> entry : changed) {
        byte[] key = Entries.SERVICE_PORT.toBytes(entry.getKey());
        if (entry.getValue().isEmpty()) {
          backends.remove(key);
        } else {
          BpfMap table =
              BpfMap.innerArray("weft_backends", Entries.BACKEND.size(), table(entry.getValue()));
          open.add(table);
          keys.add(key);
          tables.add(Codec.NUMBER.toBytes(table.fd()));
        }
      }
      backends.putAll(keys, tables);
    } finally {
      open.forEach(BpfMap::close);
    }
  }

  private void forgetDatagrams(ServicePort port, List<Backend> present) {
    if (port.protocol() == Protocol.UDP) {
      connections.forgetDatagrams(
          port, present.stream().map(Target::of).collect(Collectors.toSet()));
    }
  }

  private static byte[] table(List<Backend> sorted) {
    List<Backend> table = Maglev.table(sorted);
    byte[] bytes = new byte[table.size() * Entries.BACKEND.size()];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    table.forEach(backend -> Entries.BACKEND.write(backend, out));
    return bytes;
  }
}
