package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.DatapathState.Allow;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Direction;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.FlowEvent.Reason;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a Kubernetes node has beside pods: its own processes, and a world outside. */
@Tag("netns")
class HostTest {
  private static final Ipv4 VIP = Ipv4.parse("10.96.0.1");
  private static final int NODE_PORT = 30080;

  private static Lab lab;
  private static Lab.Pod a;
  private static Lab.Pod b;
  private static Lab.Pod c;
  private static AutoCloseable serverB;
  private static AutoCloseable serverC;
  private static AutoCloseable serverOne;
  private static AutoCloseable serverTwo;
  private static AutoCloseable serverOutside;

  @BeforeAll
  static void start() throws Exception {
    lab = new Lab();
    a = lab.pod("a", lab.one, 301);
    b = lab.pod("b", lab.one, 302);
    c = lab.pod("c", lab.two, 303);
    serverB = Net.server(b, 8080);
    serverC = Net.server(c, 8080);
    serverOne = Net.server("one", Net.of(lab.one), 6443);
    serverTwo = Net.server("two", Net.of(lab.two), 6443);
    serverOutside = Net.server("outside", lab.outside(), 7000);
  }

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable server : List.of(serverB, serverC, serverOne, serverTwo, serverOutside)) {
      server.close();
    }
    lab.close();
  }

  @AfterEach
  void reset() throws Exception {
    lab.reset();
  }

  private static Ipv4 address(Lab.Node node) {
    return node.options.nodeAddress();
  }

  private static void service(Ipv4 address, int port, Protocol protocol, Backend... backends)
      throws Exception {
    lab.services.put(
        new ServicePort(address, port, protocol),
        new ServiceTarget(false, false, List.of(backends)));
    lab.apply();
  }

  private static Backend backend(Lab.Pod pod) {
    return new Backend(pod.address(), 8080);
  }

  private static String ask(Net.Place from, Ipv4 to, int port) throws Exception {
    try (DatagramChannel client = Net.datagramClient(from, to, port)) {
      return Net.ask(client);
    }
  }

  @Test
  void probesPodsWhateverTheRules() throws Exception {
    lab.meshes.put("b", Mesh.STRICT);
    lab.rules.put(302, new NetworkRules(true, true, Set.of()));
    lab.l7Inbound.put("b", Set.of(0));
    lab.apply();
    assertThat(Net.greeting(Net.of(lab.one), b.address(), 8080)).isEqualTo("b " + address(lab.one));
    assertThat(lab.one.in(() -> Echo.send(b.address()))).isTrue();
  }

  @Test
  void reachesPodsOfOtherNodesAsThatNode() throws Exception {
    assertThat(Net.greeting(Net.of(lab.one), c.address(), 8080)).isEqualTo("c " + address(lab.one));
    FlowEvent event =
        Lab.awaitEvent(lab.two, flow -> flow.source().address().equals(address(lab.one)));
    assertThat(event.source().identity()).isEqualTo(6);
    try (AutoCloseable server = Net.datagrams(c, 5300)) {
      assertThat(server).isNotNull();
      assertThat(ask(Net.of(lab.one), c.address(), 5300)).isEqualTo("c " + address(lab.one));
    }
    assertThat(lab.one.in(() -> Echo.send(c.address()))).isTrue();
  }

  @Test
  void letsPodsReachEveryNode() throws Exception {
    assertThat(Net.greeting(Net.of(a), address(lab.one), 6443)).isEqualTo("one " + a.address());
    assertThat(Net.greeting(Net.of(a), address(lab.two), 6443))
        .isEqualTo("two " + address(lab.one));
    assertThat(a.in(() -> Echo.send(address(lab.one)))).isTrue();
    assertThat(a.in(() -> Echo.send(address(lab.two)))).isTrue();
  }

  @Test
  void reachesServicesWhoseEndpointsAreNodes() throws Exception {
    for (Lab.Node node : List.of(lab.one, lab.two)) {
      service(VIP, 443, Protocol.TCP, new Backend(address(node), 6443));
      for (Lab.Pod pod : List.of(a, c)) {
        try (SocketChannel channel = Net.connect(Net.of(pod), VIP, 443)) {
          assertThat(Net.line(channel)).startsWith(node == lab.one ? "one " : "two ");
          assertThat(Net.echo(channel, "x".repeat(5000))).hasSize(5000);
        }
      }
    }
  }

  @Test
  void speaksWithTheWorldAsTheNode() throws Exception {
    assertThat(Net.greeting(Net.of(a), Lab.OUTSIDE, 7000)).isEqualTo("outside " + address(lab.one));
    try (SocketChannel channel = Net.connect(Net.of(c), Lab.OUTSIDE, 7000)) {
      assertThat(Net.line(channel)).isEqualTo("outside " + address(lab.two));
      assertThat(Net.echo(channel, "y".repeat(100_000))).hasSize(100_000);
    }
    try (AutoCloseable server = Net.datagrams("outside", lab.outside(), 5300)) {
      assertThat(server).isNotNull();
      assertThat(ask(Net.of(a), Lab.OUTSIDE, 5300)).isEqualTo("outside " + address(lab.one));
      assertThat(ask(Net.of(b), Lab.OUTSIDE, 5300)).isEqualTo("outside " + address(lab.one));
    }
    assertThat(a.in(() -> Echo.send(Lab.OUTSIDE))).isTrue();
    assertThat(b.in(() -> Echo.send(Lab.OUTSIDE))).isTrue();
  }

  @Test
  void givesConnectionsOfOnePortToOneServerDifferentPorts() throws Exception {
    Set<String> peers = new HashSet<>();
    try (DatagramChannel server =
            lab.outside()
                .in(
                    () ->
                        DatagramChannel.open(StandardProtocolFamily.INET)
                            .bind(Net.socketAddress(Lab.OUTSIDE, 5301)));
        DatagramChannel first = bound(a, 4000);
        DatagramChannel second = bound(b, 4000)) {
      for (DatagramChannel client : List.of(first, second)) {
        client.write(java.nio.ByteBuffer.wrap(new byte[1]));
        peers.add(String.valueOf(server.receive(java.nio.ByteBuffer.allocate(8))));
      }
    }
    assertThat(peers).hasSize(2).allMatch(peer -> peer.matches("/172.30.0.11:[12]\\d{4}"));
  }

  private static DatagramChannel bound(Lab.Pod pod, int port) throws Exception {
    return pod.in(
        () ->
            DatagramChannel.open(StandardProtocolFamily.INET)
                .bind(Net.socketAddress(pod.address(), port))
                .connect(Net.socketAddress(Lab.OUTSIDE, 5301)));
  }

  @Test
  void reachesServicesFromTheNodesOwnProcesses() throws Exception {
    service(VIP, 80, Protocol.TCP, backend(b), backend(c));
    Map<String, Integer> hits = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      hits.merge(Net.greeting(Net.of(lab.one), VIP, 80), 1, Integer::sum);
    }
    assertThat(hits).containsOnlyKeys("b " + address(lab.one), "c " + address(lab.one));
    try (SocketChannel channel = Net.connect(Net.of(lab.two), VIP, 80)) {
      assertThat(channel.getRemoteAddress()).hasToString("/" + VIP + ":80");
      assertThat(Net.line(channel)).endsWith(address(lab.two).toString());
    }
    service(VIP, 80, Protocol.TCP);
    assertThat(Net.greeting(Net.of(lab.one), VIP, 80)).isEqualTo("RESET");
  }

  @Test
  void translatesDatagramsOfTheNodesOwnProcesses() throws Exception {
    service(VIP, 53, Protocol.UDP, new Backend(c.address(), 5353));
    try (AutoCloseable server = Net.datagrams(c, 5353);
        DatagramChannel loose =
            lab.one.in(() -> DatagramChannel.open(StandardProtocolFamily.INET))) {
      assertThat(server).isNotNull();
      assertThat(ask(Net.of(lab.one), VIP, 53)).isEqualTo("c " + address(lab.one));
      loose.send(java.nio.ByteBuffer.wrap(new byte[1]), Net.socketAddress(VIP, 53));
      loose.socket().setSoTimeout(1500);
      java.net.DatagramPacket answer = new java.net.DatagramPacket(new byte[64], 64);
      loose.socket().receive(answer);
      assertThat(answer.getSocketAddress()).isEqualTo(Net.socketAddress(VIP, 53));
    }
  }

  @Test
  void leavesOtherNamespacesAlone() throws Exception {
    service(VIP, 80, Protocol.TCP, backend(b));
    assertThat(Net.greeting(lab.outside(), VIP, 80)).isIn("TIMEOUT", "UNREACHABLE");
    assertThat(Net.greeting(Net.of(a), VIP, 80)).isEqualTo("b " + a.address());
  }

  @Test
  void opensNodePortsToTheOutside() throws Exception {
    service(address(lab.one), NODE_PORT, Protocol.TCP, backend(b));
    assertThat(Net.greeting(lab.outside(), address(lab.one), NODE_PORT))
        .isEqualTo("b " + Lab.OUTSIDE);
    service(address(lab.one), NODE_PORT, Protocol.TCP, backend(c));
    try (SocketChannel channel = Net.connect(lab.outside(), address(lab.one), NODE_PORT)) {
      assertThat(Net.line(channel)).isEqualTo("c " + address(lab.one));
      assertThat(Net.echo(channel, "z".repeat(50_000))).hasSize(50_000);
    }
    FlowEvent event =
        Lab.awaitEvent(lab.two, flow -> flow.destination().address().equals(c.address()));
    assertThat(event.source().identity()).isEqualTo(2);
    service(address(lab.one), NODE_PORT, Protocol.TCP);
    assertThat(Net.greeting(lab.outside(), address(lab.one), NODE_PORT)).isEqualTo("RESET");
  }

  @Test
  void opensNodePortsForDatagramsForPodsAndForTheNode() throws Exception {
    service(address(lab.one), NODE_PORT, Protocol.UDP, new Backend(c.address(), 5353));
    service(address(lab.one), NODE_PORT, Protocol.TCP, backend(c));
    try (AutoCloseable server = Net.datagrams(c, 5353)) {
      assertThat(server).isNotNull();
      assertThat(ask(lab.outside(), address(lab.one), NODE_PORT))
          .isEqualTo("c " + address(lab.one));
    }
    assertThat(Net.greeting(Net.of(a), address(lab.one), NODE_PORT)).isEqualTo("c " + a.address());
    assertThat(Net.greeting(Net.of(lab.one), address(lab.one), NODE_PORT))
        .isEqualTo("c " + address(lab.one));
    assertThat(Net.greeting(Net.of(c), address(lab.one), NODE_PORT)).startsWith("c ");
  }

  @Test
  void opensNodePortsToProcessesOfOtherNodes() throws Exception {
    service(address(lab.one), NODE_PORT, Protocol.TCP, new Backend(address(lab.two), 6443));
    assertThat(Net.greeting(lab.outside(), address(lab.one), NODE_PORT))
        .isEqualTo("two " + address(lab.one));
  }

  @Test
  void judgesWhatComesThroughANodePort() throws Exception {
    int world = 2;
    for (Lab.Pod pod : List.of(b, c)) {
      service(address(lab.one), NODE_PORT, Protocol.TCP, backend(pod));
      lab.rules.put(pod.identity(), new NetworkRules(true, false, Set.of()));
      lab.apply();
      assertThat(Net.greeting(lab.outside(), address(lab.one), NODE_PORT)).isEqualTo("TIMEOUT");
      Lab.awaitDrop(pod.node(), Reason.POLICY_DENIED, pod.address());
      Allow allow = new Allow(Direction.INGRESS, world, 6, 8080, 0);
      lab.rules.put(pod.identity(), new NetworkRules(true, false, Set.of(allow)));
      lab.apply();
      assertThat(Net.greeting(lab.outside(), address(lab.one), NODE_PORT)).startsWith(pod.name());
    }
  }

  @Test
  void leavesOtherPortsOfTheNodeAlone() throws Exception {
    assertThat(Net.greeting(lab.outside(), address(lab.one), 6443)).isEqualTo("one " + Lab.OUTSIDE);
    assertThat(Net.greeting(lab.outside(), address(lab.one), NODE_PORT)).isEqualTo("RESET");
  }
}
