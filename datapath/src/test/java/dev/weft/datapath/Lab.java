package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Peer;
import dev.weft.datapath.DatapathState.RemoteNode;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.bpf.NetNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Two nodes, a network between them and the pods a test asks for: network namespaces of this
 * machine. {@link #state} changes are made by a test and sent to both nodes by {@link #apply}.
 */
final class Lab implements AutoCloseable {
  static final Ipv4 OUTSIDE = Ipv4.parse("172.30.0.1");
  private static final String PREFIX = "wdp-";

  /** Where a machine with both hierarchies has the unified one. */
  private static final Path HYBRID = Path.of("/sys/fs/cgroup/unified");

  private static final Path CGROUP = Files.isDirectory(HYBRID) ? HYBRID : Path.of("/sys/fs/cgroup");

  final Node one;
  final Node two;
  final Path outside;

  /** What a test changes. */
  final Map<String, Mesh> meshes = new HashMap<>();

  final Map<ServicePort, ServiceTarget> services = new HashMap<>();
  final Map<Integer, NetworkRules> rules = new HashMap<>();
  final Map<Prefix, Peer> prefixes = new HashMap<>();
  final Map<String, Set<Integer>> l7Inbound = new HashMap<>();
  final Set<Ipv4> gateways = new HashSet<>();
  boolean handOn;
  boolean absent;

  /** Which node announces a Gateway's address. */
  final Map<Ipv4, Node> announcers = new HashMap<>();

  private final Map<String, Pod> pods = new LinkedHashMap<>();
  private final List<String> namespaces = new ArrayList<>();
  private final String run = PREFIX + ProcessHandle.current().pid();

  /** A pod: its namespace, its address and its identity. */
  record Pod(String name, Path netns, Node node, Ipv4 address, int identity) {
    <T> T in(Callable<T> work) throws Exception {
      return NetNamespace.call(netns, work);
    }

    PodAttachment attachment() {
      return new PodAttachment("id-" + name, netns, "eth0", address);
    }
  }

  /** A node: its namespace, its options and its open datapath. */
  static final class Node {
    final Path netns;
    DatapathOptions options;
    final List<FlowEvent> events = new CopyOnWriteArrayList<>();
    Datapath datapath;

    private Node(Path netns, DatapathOptions options) throws Exception {
      this.netns = netns;
      this.options = options;
      datapath = open();
    }

    private Datapath open() throws Exception {
      Datapath opened = in(() -> Datapath.open(options));
      opened.flows(events::add);
      return opened;
    }

    /** What a new node process does. */
    void reopen() throws Exception {
      datapath = open();
    }

    <T> T in(Callable<T> work) throws Exception {
      return NetNamespace.call(netns, work);
    }
  }

  Lab() throws Exception {
    removeLeftovers();
    outside = namespace("net");
    NetNamespace.call(
        outside,
        () -> {
          Sysctl.set("ipv4/ip_forward", "1");
          IpCommand.batch(
              List.of(
                  "link set lo up",
                  "link add br0 type bridge",
                  "address add " + OUTSIDE + "/24 dev br0",
                  "link set br0 up"));
          return true;
        });
    one = node(1);
    two = node(2);
  }

  private Node node(int number) throws Exception {
    Path netns = namespace("n" + number);
    Ipv4 address = Ipv4.parse("172.30.0.1" + number);
    Prefix network = Prefix.parse("10.231." + number + ".0/24");
    NetNamespace.call(
        outside,
        () -> {
          IpCommand.batch(
              List.of(
                  "link add u%d type veth peer name eth0 netns %s".formatted(number, netns),
                  "link set u%d master br0 up".formatted(number),
                  "route add %s via %s".formatted(network, address)));
          return true;
        });
    NetNamespace.call(
        netns,
        () -> {
          IpCommand.batch(
              List.of(
                  "link set lo up",
                  "address add " + address + "/24 dev eth0",
                  "link set eth0 up",
                  "route add default via " + OUTSIDE));
          return true;
        });
    Path pins = Files.createDirectories(directory().resolve("n" + number));
    PinDirectory.mount(pins);
    return new Node(
        netns,
        new DatapathOptions(
            pins,
            "eth0",
            address,
            network,
            1450,
            DatapathOptions.ProxyPorts.DEFAULT,
            Optional.of(CGROUP)));
  }

  /** The network that the nodes are on. */
  Net.Place outside() {
    return new Net.Place() {
      @Override
      public <T> T in(Callable<T> work) throws Exception {
        return NetNamespace.call(outside, work);
      }
    };
  }

  private Path namespace(String name) {
    String full = run + "-" + name;
    IpCommand.run("netns", "add", full);
    namespaces.add(full);
    return Path.of("/run/netns", full);
  }

  /** Makes a pod and attaches it. */
  Pod pod(String name, Node node, int identity) throws Exception {
    int number = pods.size() + 5;
    Ipv4 address = new Ipv4(node.options.podNetwork().network().bits() + number);
    Pod pod = new Pod(name, namespace(name), node, address, identity);
    node.in(() -> node.datapath.attach(pod.attachment()));
    pods.put(name, pod);
    apply();
    return pod;
  }

  /** Waits for an event; fails when none comes that matches. */
  static FlowEvent awaitEvent(Node node, Predicate<FlowEvent> wanted) {
    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(node.events).anyMatch(wanted));
    return node.events.stream().filter(wanted).findFirst().orElseThrow();
  }

  /** An event of a dropped packet with this reason, on its way to this address. */
  static FlowEvent awaitDrop(Node node, FlowEvent.Reason reason, Ipv4 destination) {
    return awaitEvent(
        node,
        event ->
            event.verdict() == FlowEvent.Verdict.DROPPED
                && event.reason() == reason
                && event.destination().address().equals(destination));
  }

  /** Back to nothing but pods; they stay attached. */
  void reset() throws Exception {
    meshes.clear();
    services.clear();
    rules.clear();
    prefixes.clear();
    l7Inbound.clear();
    gateways.clear();
    handOn = false;
    absent = false;
    announcers.clear();
    apply();
    one.events.clear();
    two.events.clear();
  }

  /** Sends the state to both nodes; number of entries written. */
  int apply() throws Exception {
    return one.in(() -> one.datapath.apply(state(one, two)))
        + two.in(() -> two.datapath.apply(state(two, one)));
  }

  private DatapathState state(Node self, Node other) {
    Map<Ipv4, LocalPod> local = new HashMap<>();
    Map<Prefix, Peer> peers = new HashMap<>(prefixes);
    for (Pod pod : pods.values()) {
      Mesh mesh = meshes.getOrDefault(pod.name, Mesh.NONE);
      if (pod.node == self) {
        local.put(
            pod.address,
            new LocalPod(pod.identity, mesh, l7Inbound.getOrDefault(pod.name, Set.of())));
      } else {
        peers.put(Prefix.host(pod.address), new Peer(pod.identity, mesh));
      }
    }
    return new DatapathState(
        local,
        peers,
        Set.of(new RemoteNode(other.options.nodeAddress(), other.options.podNetwork())),
        services,
        gateways,
        rules,
        announced(self),
        handedOn(self, other, handOn),
        handedOn(self, other, absent));
  }

  private Map<Ipv4, Ipv4> handedOn(Node self, Node other, boolean wanted) {
    Map<Ipv4, Ipv4> all = new HashMap<>();
    if (wanted) {
      announced(self).forEach(address -> all.put(address, other.options.nodeAddress()));
    }
    return all;
  }

  private Set<Ipv4> announced(Node node) {
    Set<Ipv4> announced = new HashSet<>();
    announcers.forEach(
        (address, announcer) -> {
          if (announcer == node) {
            announced.add(address);
          }
        });
    return announced;
  }

  private static Path directory() {
    return Path.of(System.getProperty("java.io.tmpdir"), PREFIX + ProcessHandle.current().pid());
  }

  @Override
  public void close() throws IOException {
    one.datapath.close();
    two.datapath.close();
    namespaces.forEach(name -> IpCommand.run("netns", "del", name));
    remove(directory());
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> nodes = Files.list(directory)) {
      for (Path node : nodes.toList()) {
        PinDirectory.unmount(node);
        Files.delete(node);
      }
    }
    Files.delete(directory);
  }

  /** What a test run that was killed left behind. */
  private static void removeLeftovers() throws IOException {
    for (String line : IpCommand.run("netns", "list").lines().toList()) {
      String name = line.split(" ", 2)[0];
      if (name.startsWith(PREFIX) && isDead(name.split("-", 3)[1])) {
        IpCommand.run("netns", "del", name);
      }
    }
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.matches(PREFIX + "\\d+") && isDead(name.substring(PREFIX.length()))) {
          remove(file);
        }
      }
    }
  }

  private static boolean isDead(String pid) {
    return !pid.matches("\\d+")
        || ProcessHandle.of(Long.parseLong(pid)).map(process -> !process.isAlive()).orElse(true);
  }
}
