package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.FlowEvent.Reason;
import dev.weft.datapath.FlowEvent.Verdict;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class ProxyTest {
  private static Lab lab;
  private static Lab.Pod a;
  private static Lab.Pod b;
  private static Lab.Pod c;
  private static AutoCloseable serverB;
  private static AutoCloseable serverC;

  @BeforeAll
  static void start() throws Exception {
    lab = new Lab();
    a = lab.pod("a", lab.one, 301);
    b = lab.pod("b", lab.one, 302);
    c = lab.pod("c", lab.two, 303);
    serverB = Net.server(b, 8080);
    serverC = Net.server(c, 8080);
  }

  @AfterAll
  static void stop() throws Exception {
    serverB.close();
    serverC.close();
    lab.close();
  }

  @AfterEach
  void reset() throws Exception {
    lab.reset();
  }

  private static final Ipv4 VIP = Ipv4.parse("10.96.0.20");
  private static final Ipv4 GATEWAY = Ipv4.parse("172.30.255.1");

  private static void l7Service() throws Exception {
    lab.services.put(
        new ServicePort(VIP, 80, Protocol.TCP),
        new ServiceTarget(true, false, List.of(new Backend(b.address(), 8080))));
    lab.apply();
  }

  private static RawSocket listener(Lab.Node node, int port) throws Exception {
    return node.in(() -> RawSocket.listener(port));
  }

  /** Mark of a connection that the proxy makes for an identity. */
  private static int mark(int identity) {
    return (identity & 0xffff) << 16 | 0xb00 | identity >> 16;
  }

  /** A connection that reaches a listener; talks both ways over it. */
  private static void assertRedirected(
      RawSocket listener, Net.Place from, Ipv4 to, int port, String peer) throws Exception {
    try (SocketChannel client = Net.connect(from, to, port);
        RawSocket accepted = listener.accept()) {
      assertThat(accepted.local()).isEqualTo(to + ":" + port);
      assertThat(accepted.peer()).startsWith(peer + ":");
      accepted.send("hello\n");
      assertThat(Net.line(client)).isEqualTo("hello");
      client.write(
          java.nio.ByteBuffer.wrap("ping".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
      assertThat(accepted.receive()).isEqualTo("ping");
    }
  }

  @Test
  void redirectsAnL7ServiceAndKeepsTheOriginalDestination() throws Exception {
    l7Service();
    try (RawSocket listener = listener(lab.one, 15001)) {
      assertRedirected(listener, Net.of(a), VIP, 80, a.address().toString());
    }
    FlowEvent event =
        Lab.awaitEvent(lab.one, candidate -> candidate.verdict() == Verdict.REDIRECTED);
    assertThat(event.reason()).isEqualTo(Reason.L7_OUTBOUND);
    assertThat(event.source().identity()).isEqualTo(301);
  }

  @Test
  void resetsL7ConnectionsWithoutAListener() throws Exception {
    l7Service();
    assertThat(Net.greeting(Net.of(a), VIP, 80)).isEqualTo("RESET");
    Lab.awaitDrop(lab.one, Reason.NO_LISTENER, VIP);
  }

  @Test
  void resetsAnEstablishedL7ConnectionOfADeadProxy() throws Exception {
    l7Service();
    try (RawSocket listener = listener(lab.one, 15001);
        SocketChannel client = Net.connect(Net.of(a), VIP, 80)) {
      listener.accept().close();
      assertThatThrownBy(
              () -> {
                // The first line meets the closed socket, a later one its reset.
                for (int i = 0; i < 50; i++) {
                  assertThat(Net.echo(client, "anyone?")).isEmpty();
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void stealsRepliesToTheProxyFromALocalPod() throws Exception {
    assertUpstream(b);
  }

  @Test
  void stealsRepliesToTheProxyFromARemotePod() throws Exception {
    assertUpstream(c);
  }

  private static void assertUpstream(Lab.Pod to) throws Exception {
    try (RawSocket upstream =
        lab.one.in(() -> RawSocket.upstream(a.address(), mark(301), to.address(), 8080))) {
      assertThat(upstream.local()).matches(a.address() + ":6[1-5]\\d{3}");
      assertThat(upstream.receive()).isEqualTo(to.name() + " " + a.address() + "\n");
      upstream.send("through\n");
      assertThat(upstream.receive()).isEqualTo("through\n");
    }
  }

  @Test
  void givesTheIdentityOfTheMarkToTheOtherNode() throws Exception {
    try (RawSocket upstream =
        lab.one.in(() -> RawSocket.upstream(a.address(), mark(0x12345), c.address(), 8080))) {
      assertThat(upstream.receive()).startsWith("c ");
    }
    FlowEvent event =
        Lab.awaitEvent(lab.two, candidate -> candidate.destination().address().equals(c.address()));
    assertThat(event.source().identity()).isEqualTo(0x12345);
  }

  @Test
  void handsHboneOfAnotherNodeToTheListener() throws Exception {
    lab.meshes.put("a", Mesh.PERMISSIVE);
    lab.meshes.put("c", Mesh.PERMISSIVE);
    lab.apply();
    try (RawSocket listener = listener(lab.two, 15008);
        RawSocket client =
            lab.one.in(() -> RawSocket.upstream(a.address(), mark(301), c.address(), 15008));
        RawSocket accepted = listener.accept()) {
      assertThat(accepted.local()).isEqualTo(c.address() + ":15008");
      assertThat(accepted.peer()).isEqualTo(client.local());
      accepted.send("tunnel");
      assertThat(client.receive()).isEqualTo("tunnel");
      try (RawSocket toPod =
          lab.two.in(() -> RawSocket.upstream(a.address(), mark(301), c.address(), 8080))) {
        assertThat(toPod.receive()).isEqualTo("c " + a.address() + "\n");
      }
    }
  }

  @Test
  void sendsStrictPairsOnTwoNodesThroughTheProxy() throws Exception {
    lab.meshes.put("a", Mesh.PERMISSIVE);
    lab.meshes.put("c", Mesh.STRICT);
    lab.apply();
    try (RawSocket listener = listener(lab.one, 15001)) {
      assertRedirected(listener, Net.of(a), c.address(), 8080, a.address().toString());
    }
    Lab.awaitEvent(lab.one, event -> event.reason() == Reason.MUTUAL_TLS);
  }

  @Test
  void sendsAServiceWithAStrictRemoteBackendThroughTheProxy() throws Exception {
    lab.meshes.put("a", Mesh.STRICT);
    lab.meshes.put("c", Mesh.PERMISSIVE);
    lab.services.put(
        new ServicePort(VIP, 81, Protocol.TCP),
        new ServiceTarget(false, false, List.of(new Backend(c.address(), 8080))));
    lab.apply();
    try (RawSocket listener = listener(lab.one, 15001)) {
      assertRedirected(listener, Net.of(a), VIP, 81, a.address().toString());
    }
  }

  @Test
  void keepsStrictPairsOnOneNodeInTheKernel() throws Exception {
    lab.meshes.put("a", Mesh.PERMISSIVE);
    lab.meshes.put("b", Mesh.STRICT);
    lab.apply();
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).isEqualTo("b " + a.address());
  }

  @Test
  void refusesPlaintextToAStrictPod() throws Exception {
    lab.meshes.put("b", Mesh.STRICT);
    lab.meshes.put("c", Mesh.STRICT);
    lab.apply();
    assertThat(Net.greeting(Net.of(a), c.address(), 8080)).isEqualTo("TIMEOUT");
    FlowEvent remote = Lab.awaitDrop(lab.two, Reason.AUTH_REQUIRED, c.address());
    assertThat(remote.source().identity()).isEqualTo(301);
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).isEqualTo("TIMEOUT");
    Lab.awaitDrop(lab.one, Reason.AUTH_REQUIRED, b.address());
    Net.Place outside = outside();
    assertThat(Net.greeting(outside, c.address(), 8080)).isEqualTo("TIMEOUT");
    Lab.awaitEvent(
        lab.two,
        event ->
            event.reason() == Reason.AUTH_REQUIRED
                && event.source().address().equals(Lab.OUTSIDE)
                && event.source().identity() == 2);
  }

  @Test
  void ordersPlaintextConnectionsToEndWhenAPodBecomesStrict() throws Exception {
    try (SocketChannel channel = Net.connect(Net.of(a), c.address(), 8080)) {
      assertThat(Net.line(channel)).startsWith("c ");
      lab.meshes.put("c", Mesh.STRICT);
      lab.apply();
      assertThatThrownBy(() -> Net.echo(channel, "secret")).isInstanceOf(IOException.class);
    }
    Lab.awaitDrop(lab.two, Reason.AUTH_REQUIRED, c.address());
  }

  @Test
  void endsConnectionsFromBeforeAPolicyOnTheirService() throws Exception {
    ServicePort port = new ServicePort(VIP, 82, Protocol.TCP);
    List<Backend> backends = List.of(new Backend(b.address(), 8080));
    lab.services.put(port, new ServiceTarget(false, false, backends));
    lab.apply();
    try (RawSocket listener = listener(lab.one, 15001);
        SocketChannel client = Net.connect(Net.of(a), VIP, 82)) {
      assertThat(Net.line(client)).startsWith("b ");
      lab.services.put(port, new ServiceTarget(true, false, backends));
      lab.apply();
      assertThat(Net.echo(client, "a route alone ends nothing")).startsWith("a route");
      lab.services.put(port, new ServiceTarget(true, true, false, backends));
      lab.apply();
      assertThatThrownBy(() -> Net.echo(client, "a policy does"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("reset");
      assertRedirected(listener, Net.of(a), VIP, 82, a.address().toString());
    }
  }

  @Test
  void letsTheNodeItselfReachAStrictPod() throws Exception {
    lab.meshes.put("c", Mesh.STRICT);
    lab.apply();
    assertThat(Net.greeting(Net.of(lab.two), c.address(), 8080))
        .isEqualTo("c " + lab.two.options.nodeAddress());
  }

  @Test
  void redirectsWhatAnL7RuleProtects() throws Exception {
    lab.l7Inbound.put("c", Set.of(8080));
    lab.l7Inbound.put("b", Set.of(0));
    lab.apply();
    try (RawSocket one = listener(lab.one, 15006);
        RawSocket two = listener(lab.two, 15006)) {
      assertRedirected(two, Net.of(a), c.address(), 8080, a.address().toString());
      assertRedirected(one, Net.of(a), b.address(), 8080, a.address().toString());
      assertRedirected(two, outside(), c.address(), 8080, Lab.OUTSIDE.toString());
      // The node's own processes are let in, or a kubelet's probes would need a policy.
      assertThat(Net.greeting(Net.of(lab.two), c.address(), 8080)).startsWith("c ");
    }
  }

  @Test
  void resetsInboundL7ConnectionsWithoutAListener() throws Exception {
    lab.l7Inbound.put("b", Set.of(0));
    lab.l7Inbound.put("c", Set.of(8080));
    lab.apply();
    assertThat(Net.greeting(Net.of(a), b.address(), 8080)).isEqualTo("RESET");
    assertThat(Net.greeting(Net.of(a), c.address(), 8080)).isEqualTo("RESET");
    assertThat(Net.greeting(outside(), c.address(), 8080)).isEqualTo("RESET");
    Lab.awaitDrop(lab.two, Reason.NO_LISTENER, c.address());
  }

  @Test
  void resetsHboneWithoutAListener() throws Exception {
    lab.meshes.put("c", Mesh.STRICT);
    lab.meshes.put("b", Mesh.STRICT);
    lab.apply();
    assertThat(Net.greeting(Net.of(a), c.address(), 15008)).isEqualTo("RESET");
    assertThat(Net.greeting(Net.of(a), b.address(), 15008)).isEqualTo("RESET");
    assertThat(Net.greeting(outside(), c.address(), 15008)).isEqualTo("RESET");
  }

  @Test
  void leavesOtherPortsOfAProtectedPodAlone() throws Exception {
    lab.l7Inbound.put("c", Set.of(9090));
    lab.apply();
    assertThat(Net.greeting(Net.of(a), c.address(), 8080)).isEqualTo("c " + a.address());
  }

  @Test
  void redirectsGatewayAddressesFromOutsideAndFromPods() throws Exception {
    lab.gateways.add(GATEWAY);
    lab.apply();
    dev.weft.datapath.bpf.NetNamespace.call(
        lab.outside,
        () ->
            IpCommand.run(
                "route",
                "replace",
                GATEWAY + "/32",
                "via",
                lab.one.options.nodeAddress().toString()));
    try (RawSocket listener = listener(lab.one, 15001)) {
      assertRedirected(listener, outside(), GATEWAY, 443, Lab.OUTSIDE.toString());
      assertRedirected(listener, Net.of(a), GATEWAY, 80, a.address().toString());
    }
    assertThat(Net.greeting(outside(), GATEWAY, 80)).isEqualTo("RESET");
  }

  private static Net.Place outside() {
    return new Net.Place() {
      @Override
      public <T> T in(java.util.concurrent.Callable<T> work) throws Exception {
        return dev.weft.datapath.bpf.NetNamespace.call(lab.outside, work);
      }
    };
  }
}
