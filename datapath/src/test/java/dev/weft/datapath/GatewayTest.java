package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.bpf.NetNamespace;
import java.net.DatagramPacket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Gateways' addresses on the nodes' own network: no route leads there, somebody must answer. */
@Tag("netns")
class GatewayTest {
  private static final Ipv4 GATEWAY = Ipv4.parse("172.30.0.77");

  private static Lab lab;
  private static Lab.Pod a;

  @BeforeAll
  static void start() throws Exception {
    lab = new Lab();
    a = lab.pod("a", lab.one, 301);
  }

  @AfterAll
  static void stop() throws Exception {
    lab.close();
  }

  @AfterEach
  void reset() throws Exception {
    lab.reset();
    NetNamespace.call(lab.outside, () -> IpCommand.run("neigh", "flush", "dev", "br0"));
  }

  private static void announce(Lab.Node node) throws Exception {
    lab.gateways.add(GATEWAY);
    lab.announcers.put(GATEWAY, node);
    lab.apply();
  }

  private static RawSocket listener(Lab.Node node) throws Exception {
    return node.in(() -> RawSocket.listener(15001));
  }

  private static void assertReaches(RawSocket listener, Net.Place from) throws Exception {
    try (SocketChannel client = Net.connect(from, GATEWAY, 80);
        RawSocket accepted = listener.accept()) {
      assertThat(accepted.local()).isEqualTo(GATEWAY + ":80");
      accepted.send("hello\n");
      assertThat(Net.line(client)).isEqualTo("hello");
    }
  }

  private static String neighbour() throws Exception {
    return NetNamespace.call(
        lab.outside, () -> IpCommand.run("neigh", "show", GATEWAY.toString(), "dev", "br0"));
  }

  private static String mac(Lab.Node node) throws Exception {
    return node.in(() -> Mac.ofDevice("eth0").toString());
  }

  @Test
  void isAnsweredForByTheNodeThatAnnounces() throws Exception {
    announce(lab.two);
    try (RawSocket one = listener(lab.one);
        RawSocket two = listener(lab.two)) {
      assertThat(one).isNotNull();
      assertReaches(two, lab.outside());
      assertThat(neighbour()).contains(mac(lab.two));
    }
  }

  @Test
  void movesToAnotherNodeWithoutWaitingForMemoriesToAge() throws Exception {
    announce(lab.one);
    try (RawSocket one = listener(lab.one);
        RawSocket two = listener(lab.two)) {
      assertReaches(one, lab.outside());
      announce(lab.two);
      await()
          .untilAsserted(
              () -> {
                assertThat(neighbour()).contains(mac(lab.two));
              });
      assertReaches(two, lab.outside());
    }
  }

  @Test
  void connectionsStayWithTheNodeThatKnowsThem() throws Exception {
    announce(lab.one);
    try (RawSocket one = listener(lab.one);
        RawSocket two = listener(lab.two);
        SocketChannel client = Net.connect(lab.outside(), GATEWAY, 80);
        RawSocket accepted = one.accept()) {
      lab.handOn = true;
      announce(lab.two);
      await().untilAsserted(() -> assertThat(neighbour()).contains(mac(lab.two)));
      String much = "x".repeat(100_000);
      client.write(ByteBuffer.wrap(much.getBytes(StandardCharsets.US_ASCII)));
      int got = 0;
      while (got < much.length()) {
        got += accepted.receive().length();
      }
      accepted.send("hello\n");
      assertThat(Net.line(client)).isEqualTo("hello");
      assertReaches(two, lab.outside());
    }
  }

  /** A flooded listener keeps nothing of a handshake: the segment that ends it is nobody else's. */
  @Test
  void handshakesThatOnlyACookieRemembersAreItsOwn() throws Exception {
    lab.handOn = true;
    announce(lab.two);
    try (RawSocket one = listener(lab.one);
        RawSocket two = listener(lab.two)) {
      assertThat(one).isNotNull();
      syncookies("2");
      assertReaches(two, lab.outside());
    } finally {
      syncookies("1");
    }
  }

  /** 1: when flooded, 2: always. */
  private static void syncookies(String when) throws Exception {
    lab.two.in(() -> Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_syncookies"), when));
  }

  @Test
  void isAnnouncedAgainWhenAskedTo() throws Exception {
    announce(lab.one);
    try (RawSocket one = listener(lab.one)) {
      assertReaches(one, lab.outside());
      NetNamespace.call(
          lab.outside,
          () ->
              IpCommand.run(
                  "neigh",
                  "replace",
                  GATEWAY + "",
                  "lladdr",
                  "02:00:00:00:00:99",
                  "dev",
                  "br0",
                  "nud",
                  "stale"));
      lab.one.in(
          () -> {
            lab.one.datapath.announce(Set.of(GATEWAY, Ipv4.parse("172.30.0.78")));
            return "";
          });
      await().untilAsserted(() -> assertThat(neighbour()).contains(mac(lab.one)));
    }
  }

  @Test
  void isLeftToOthersWithoutAProxy() throws Exception {
    announce(lab.one);
    assertThat(Net.greeting(lab.outside(), GATEWAY, 80)).isIn("TIMEOUT", "UNREACHABLE");
    assertThat(neighbour()).doesNotContain(mac(lab.one));
  }

  @Test
  void isReachedFromPodsAndFromEveryNodesOwnProcesses() throws Exception {
    announce(lab.two);
    try (RawSocket one = listener(lab.one);
        RawSocket two = listener(lab.two)) {
      assertReaches(one, Net.of(a));
      assertReaches(one, Net.of(lab.one));
      assertReaches(two, Net.of(lab.two));
    }
    assertThat(Net.greeting(Net.of(lab.one), GATEWAY, 80)).isEqualTo("RESET");
    lab.gateways.clear();
    lab.apply();
    assertThat(lab.one.in(() -> IpCommand.run("route", "show", "dev", "weft0")))
        .doesNotContain(GATEWAY.toString());
  }

  @Test
  void sendsDatagramsToPodsOfEveryNode() throws Exception {
    announce(lab.two);
    Lab.Pod c = lab.pod("c", lab.two, 303);
    try (RawSocket two = listener(lab.two);
        AutoCloseable first = Net.datagrams(a, 5353);
        AutoCloseable second = Net.datagrams(c, 5353)) {
      assertThat(List.of(two, first, second)).hasSize(3);
      lab.services.put(
          new ServicePort(GATEWAY, 53, Protocol.UDP),
          new ServiceTarget(
              false,
              false,
              List.of(new Backend(a.address(), 5353), new Backend(c.address(), 5353))));
      lab.apply();
      Set<String> answers = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        answers.add(ask(lab.outside()));
      }
      assertThat(answers)
          .containsExactlyInAnyOrder("a " + lab.two.options.nodeAddress(), "c " + Lab.OUTSIDE);
      assertThat(ask(Net.of(a)))
          .as("itself, from the address that stands for it, or the other one")
          .isIn("a 169.254.1.1", "c " + a.address());
      assertThat(ask(Net.of(lab.one))).endsWith(lab.one.options.nodeAddress().toString());
      lab.services.put(
          new ServicePort(GATEWAY, 53, Protocol.UDP),
          new ServiceTarget(false, false, List.of(Backend.nowhere(1))));
      lab.apply();
      assertThat(ask(lab.outside())).isEqualTo("TIMEOUT");
    }
  }

  @Test
  void datagramsThatTheProgramsAreNotToldOfGoToTheProxyAndAreAnswered() throws Exception {
    announce(lab.one);
    try (RawSocket tcp = listener(lab.one);
        DatagramChannel proxy = lab.one.in(() -> Net.bound("127.0.0.1", 15001))) {
      assertThat(tcp).isNotNull();
      assertAnsweredByProxy(proxy, lab.outside(), Lab.OUTSIDE);
      assertAnsweredByProxy(proxy, Net.of(a), a.address());
    }
    assertThat(ask(lab.outside())).as("and nowhere without one").isEqualTo("TIMEOUT");
  }

  private static void assertAnsweredByProxy(DatagramChannel proxy, Net.Place from, Ipv4 address)
      throws Exception {
    try (DatagramChannel client = Net.datagramClient(from, GATEWAY, 53)) {
      client.write(ByteBuffer.wrap("?".getBytes(StandardCharsets.US_ASCII)));
      DatagramPacket got = new DatagramPacket(new byte[10], 10);
      proxy.socket().setSoTimeout(5_000);
      proxy.socket().receive(got);
      assertThat(got.getAddress().getHostAddress()).isEqualTo(address.toString());
      assertThat(got.getLength()).isEqualTo(1);
      try (RawSocket reply =
          lab.one.in(() -> RawSocket.datagrams(GATEWAY, 53, 0, address, got.getPort()))) {
        reply.send("!");
        client.socket().setSoTimeout(5_000);
        client.socket().receive(got);
        assertThat(got.getLength()).isEqualTo(1);
      }
    }
  }

  /** A pod that may open nothing answers all the same, on whichever node it is. */
  @Test
  void theProxysDatagramsAreAnsweredByIsolatedPods() throws Exception {
    Lab.Pod d = lab.pod("d", lab.two, 304);
    lab.rules.put(301, new NetworkRules(false, true, Set.of()));
    lab.rules.put(304, new NetworkRules(false, true, Set.of()));
    lab.apply();
    Ipv4 node = lab.one.options.nodeAddress();
    for (Lab.Pod pod : List.of(a, d)) {
      try (AutoCloseable server = Net.datagrams(pod, 5353);
          RawSocket proxy =
              lab.one.in(
                  () -> RawSocket.datagrams(node, 0, 8 << 16 | 0xb00, pod.address(), 5353))) {
        assertThat(server).isNotNull();
        proxy.send("?");
        assertThat(proxy.receive()).isEqualTo(pod.name() + " " + node);
      }
    }
  }

  private static String ask(Net.Place from) throws Exception {
    try (DatagramChannel client = Net.datagramClient(from, GATEWAY, 53)) {
      return Net.ask(client);
    }
  }

  @Test
  void announcesAsTheStandardSays() {
    assertThat(Announcer.announcement(GATEWAY, Mac.of(new byte[] {2, 0, 0, 0, 0, 9})))
        .asHexString()
        .isEqualToIgnoringCase(
            "0001080006040001" + "020000000009" + "AC1E004D" + "000000000000" + "AC1E004D");
  }
}
