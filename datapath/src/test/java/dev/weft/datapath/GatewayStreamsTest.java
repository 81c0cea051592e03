package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.FlowEvent.Reason;
import dev.weft.datapath.bpf.NetNamespace;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Gateways' TCP ports in which nothing has to be read. The proxy is a listener that never answers.
 */
@Tag("netns")
class GatewayStreamsTest {
  private static final Ipv4 GATEWAY = Ipv4.parse("172.30.0.78");
  private static final int PORT = 9000;
  private static final int READ_PORT = 80;
  private static final int MUCH = 200_000;

  private static Lab lab;
  private static Lab.Pod a;
  private static Lab.Pod c;
  private static AutoCloseable serverA;
  private static AutoCloseable serverC;

  private RawSocket one;
  private RawSocket two;

  @BeforeAll
  static void start() throws Exception {
    lab = new Lab();
    a = lab.pod("a", lab.one, 301);
    c = lab.pod("c", lab.two, 303);
    serverA = Net.server(a, 8080);
    serverC = Net.server(c, 8080);
  }

  @AfterAll
  static void stop() throws Exception {
    serverA.close();
    serverC.close();
    lab.close();
  }

  @BeforeEach
  void listen() throws Exception {
    one = lab.one.in(() -> RawSocket.listener(15001));
    two = lab.two.in(() -> RawSocket.listener(15001));
    announce(lab.one);
  }

  @AfterEach
  void reset() throws Exception {
    one.close();
    two.close();
    lab.reset();
    NetNamespace.call(lab.outside, () -> IpCommand.run("neigh", "flush", "dev", "br0"));
  }

  private static void announce(Lab.Node node) throws Exception {
    lab.gateways.add(GATEWAY);
    lab.announcers.put(GATEWAY, node);
    lab.apply();
  }

  /** The address is at another node, and the outside has noticed. */
  private static void move(Lab.Node node) throws Exception {
    announce(node);
    String mac = node.in(() -> Mac.ofDevice("eth0").toString());
    await()
        .untilAsserted(
            () ->
                assertThat(
                        NetNamespace.call(
                            lab.outside,
                            () -> IpCommand.run("neigh", "show", GATEWAY + "", "dev", "br0")))
                    .contains(mac));
  }

  private static void forward(Backend... backends) throws Exception {
    lab.services.put(
        new ServicePort(GATEWAY, PORT, Protocol.TCP), ServiceTarget.ofUplink(List.of(backends)));
    lab.apply();
  }

  private static Backend to(Lab.Pod pod) {
    return new Backend(pod.address(), 8080);
  }

  private static SocketChannel open() throws Exception {
    return Net.connect(lab.outside(), GATEWAY, PORT);
  }

  private static String greeting() throws Exception {
    return Net.greeting(lab.outside(), GATEWAY, PORT);
  }

  private static void assertLives(SocketChannel channel) throws IOException {
    assertThat(Net.echo(channel, "x".repeat(MUCH))).hasSize(MUCH);
  }

  private static void assertTaken(RawSocket listener, Net.Place from) throws Exception {
    try (SocketChannel client = Net.connect(from, GATEWAY, PORT);
        RawSocket accepted = listener.accept()) {
      assertThat(accepted.local()).isEqualTo(GATEWAY + ":" + PORT);
      accepted.send("proxy\n");
      assertThat(Net.line(client)).isEqualTo("proxy");
    }
  }

  @Test
  void reachesPodsOfEveryNodeWithoutTheProxy() throws Exception {
    forward(to(a), to(c));
    Set<String> servers = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      servers.add(greeting());
    }
    assertThat(servers)
        .as("a pod of the node sees the client, another node's sees the node")
        .containsExactlyInAnyOrder("a " + Lab.OUTSIDE, "c " + lab.one.options.nodeAddress());
    try (SocketChannel channel = open()) {
      assertThat(Net.line(channel)).isNotEmpty();
      assertLives(channel);
    }
    FlowEvent event =
        Lab.awaitEvent(lab.one, flow -> flow.destination().address().equals(c.address()));
    assertThat(event.verdict()).isEqualTo(FlowEvent.Verdict.FORWARDED);
    assertThat(event.source().address()).isEqualTo(Lab.OUTSIDE);
    assertThat(Objects.requireNonNull(event.service()).address()).isEqualTo(GATEWAY);
  }

  @Test
  void isTheProxysForPodsAndForTheNodesOwnProcesses() throws Exception {
    forward(to(a), to(c));
    assertTaken(one, Net.of(a));
    assertTaken(one, Net.of(lab.one));
    assertTaken(two, Net.of(c));
  }

  @Test
  void needsNoProcess() throws Exception {
    forward(to(a));
    try (SocketChannel before = open()) {
      assertThat(Net.line(before)).startsWith("a ");
      one.close();
      lab.one.datapath.close();
      assertLives(before);
      assertThat(greeting()).as("new ones").startsWith("a ");
      one = lab.one.in(() -> RawSocket.listener(15001));
      lab.one.reopen();
      lab.apply();
      assertLives(before);
    }
  }

  @Test
  void refusesTheShareThatHasNoBackend() throws Exception {
    forward(Backend.nowhere(1));
    assertThat(greeting()).isEqualTo("RESET");
    Lab.awaitDrop(lab.one, Reason.NO_BACKEND, GATEWAY);
  }

  @Test
  void judgesLikeAnythingFromOutside() throws Exception {
    for (Lab.Pod pod : List.of(a, c)) {
      forward(to(pod));
      lab.rules.put(pod.identity(), new NetworkRules(true, false, Set.of()));
      lab.apply();
      assertThat(greeting()).isEqualTo("TIMEOUT");
      Lab.awaitDrop(pod.node(), Reason.POLICY_DENIED, pod.address());
    }
  }

  @Test
  void leavesWhoTakesNoPlaintextAndWhoIsReadToTheProxy() throws Exception {
    forward(to(c));
    lab.meshes.put("c", Mesh.STRICT);
    lab.apply();
    assertTaken(one, lab.outside());
    forward(to(a));
    lab.meshes.put("a", Mesh.STRICT);
    lab.apply();
    assertTaken(one, lab.outside());
    lab.meshes.clear();
    lab.l7Inbound.put("a", Set.of(0));
    lab.apply();
    assertTaken(one, lab.outside());
  }

  @Test
  void connectionsEndWhenTheirPodIsToBeReadFromNowOn() throws Exception {
    forward(to(a));
    try (SocketChannel channel = open()) {
      assertThat(Net.line(channel)).startsWith("a ");
      lab.l7Inbound.put("a", Set.of(0));
      lab.apply();
      assertThatThrownBy(() -> assertLives(channel)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void connectionsOutliveTheChangeOfWhoServesThePort() throws Exception {
    try (SocketChannel proxied = open();
        RawSocket accepted = one.accept()) {
      forward(to(a));
      try (SocketChannel forwarded = open()) {
        assertThat(Net.line(forwarded)).startsWith("a ");
        accepted.send("still here\n");
        assertThat(Net.line(proxied)).isEqualTo("still here");
        lab.services.clear();
        lab.apply();
        assertLives(forwarded);
        assertTaken(one, lab.outside());
        assertLives(forwarded);
      }
    }
  }

  @Test
  void connectionsStayWithTheNodeThatForwardsThem() throws Exception {
    forward(to(a), to(c));
    lab.handOn = true;
    lab.apply();
    for (int i = 0; i < 4; i++) {
      try (SocketChannel channel = open()) {
        String server = Net.line(channel);
        move(i % 2 == 0 ? lab.two : lab.one);
        assertLives(channel);
        assertThat(server).isNotEmpty();
        assertThat(greeting()).as("new ones").matches("[ac] .*");
      }
    }
  }

  @Test
  void connectionsOutliveTheProcessAndTheMove() throws Exception {
    forward(to(a), to(c));
    try (SocketChannel channel = open()) {
      assertThat(Net.line(channel)).isNotEmpty();
      one.close();
      lab.absent = true;
      move(lab.two);
      assertLives(channel);
    } finally {
      one = lab.one.in(() -> RawSocket.listener(15001));
    }
  }

  @Test
  void whatAnEndedProcessHadIsResetAtOnce() throws Exception {
    forward(to(a));
    try (SocketChannel read = Net.connect(lab.outside(), GATEWAY, READ_PORT);
        RawSocket accepted = one.accept()) {
      assertThat(accepted.local()).isEqualTo(GATEWAY + ":" + READ_PORT);
      lab.absent = true;
      move(lab.two);
      assertThatThrownBy(() -> Net.echo(read, "hello")).hasMessageContaining("reset");
    }
  }

  @Test
  void connectionsOfAHostThatIsGoneAreReset() throws Exception {
    forward(to(a));
    try (SocketChannel channel = open()) {
      assertThat(Net.line(channel)).startsWith("a ");
      lab.one.in(() -> IpCommand.run("link", "set", "eth0", "down"));
      lab.absent = true;
      move(lab.two);
      assertThatThrownBy(() -> assertLives(channel))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("reset");
    } finally {
      lab.one.in(
          () -> {
            IpCommand.batch(
                List.of("link set eth0 up", "route replace default via " + Lab.OUTSIDE));
            return true;
          });
    }
  }

  @Test
  void aPortIsUsedAgain() throws Exception {
    forward(to(a), to(c));
    int port;
    try (SocketChannel first = open()) {
      assertThat(Net.line(first)).isNotEmpty();
      port = first.socket().getLocalPort();
      first.setOption(StandardSocketOptions.SO_LINGER, 0);
    }
    for (Lab.Pod pod : List.of(c, a, c, c)) {
      forward(to(pod));
      try (SocketChannel again = bound(port)) {
        assertThat(Net.line(again)).startsWith(pod.name());
        assertLives(again);
        again.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    }
  }

  /** The pod would take them for one connection. */
  @Test
  void oneClientPortMayReachAPodTwice() throws Exception {
    lab.services.put(
        new ServicePort(GATEWAY, PORT + 1, Protocol.TCP), ServiceTarget.ofUplink(List.of(to(a))));
    forward(to(a));
    try (SocketChannel first = bound(0);
        SocketChannel second = bound(first.socket().getLocalPort(), PORT + 1)) {
      assertThat(Net.line(first)).isEqualTo("a " + Lab.OUTSIDE);
      assertThat(Net.line(second)).isEqualTo("a " + lab.one.options.nodeAddress());
      for (int i = 0; i < 3; i++) {
        assertLives(first);
        assertLives(second);
      }
    }
  }

  private static SocketChannel bound(int port) throws Exception {
    return bound(port, PORT);
  }

  private static SocketChannel bound(int port, int to) throws Exception {
    SocketChannel channel =
        lab.outside()
            .in(
                () ->
                    SocketChannel.open(StandardProtocolFamily.INET)
                        .setOption(StandardSocketOptions.SO_REUSEADDR, true)
                        .bind(Net.socketAddress(Ipv4.parse("0.0.0.0"), port)));
    channel.connect(Net.socketAddress(GATEWAY, to));
    channel.socket().setSoTimeout(5_000);
    return channel;
  }
}
