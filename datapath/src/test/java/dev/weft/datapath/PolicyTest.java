package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.datapath.DatapathState.Allow;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Direction;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Peer;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.FlowEvent.Reason;
import dev.weft.datapath.bpf.NetNamespace;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class PolicyTest {
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

  private static final int TCP = 6;

  private static Allow allow(Direction direction, int peer, int protocol, int port, int end) {
    return new Allow(direction, peer, protocol, port, end);
  }

  private static void isolate(int identity, boolean ingress, boolean egress, Allow... allowed)
      throws Exception {
    lab.rules.put(identity, new NetworkRules(ingress, egress, Set.of(allowed)));
    lab.apply();
  }

  private static String reach(Lab.Pod from, Lab.Pod to) throws Exception {
    return Net.greeting(Net.of(from), to.address(), 8080).split(" ", 2)[0];
  }

  private static Net.Place outside() {
    return new Net.Place() {
      @Override
      public <T> T in(Callable<T> work) throws Exception {
        return NetNamespace.call(lab.outside, work);
      }
    };
  }

  @Test
  void dropsIngressThatNoRuleAllows() throws Exception {
    isolate(302, true, false);
    isolate(303, true, false);
    assertThat(reach(a, b)).isEqualTo("TIMEOUT");
    assertThat(reach(a, c)).isEqualTo("TIMEOUT");
    FlowEvent local = Lab.awaitDrop(lab.one, Reason.POLICY_DENIED, b.address());
    assertThat(local.direction()).isEqualTo(Direction.INGRESS);
    assertThat(local.source().identity()).isEqualTo(301);
    FlowEvent remote = Lab.awaitDrop(lab.two, Reason.POLICY_DENIED, c.address());
    assertThat(remote.source())
        .isEqualTo(new FlowEvent.Party(a.address(), remote.source().port(), 301));
    assertThat(remote.destination().identity()).isEqualTo(303);
  }

  @Test
  void allowsIngressByIdentityAndPort() throws Exception {
    isolate(303, true, false, allow(Direction.INGRESS, 301, TCP, 8080, 0));
    assertThat(reach(a, c)).isEqualTo("c");
    assertThat(reach(b, c)).isEqualTo("TIMEOUT");
    isolate(303, true, false, allow(Direction.INGRESS, 301, TCP, 8081, 0));
    assertThat(reach(a, c)).isEqualTo("TIMEOUT");
    isolate(303, true, false, allow(Direction.INGRESS, 0, TCP, 8000, 8090));
    assertThat(reach(b, c)).isEqualTo("c");
    isolate(303, true, false, allow(Direction.INGRESS, 302, 0, 0, 0));
    assertThat(reach(b, c)).isEqualTo("c");
    assertThat(reach(a, c)).isEqualTo("TIMEOUT");
  }

  @Test
  void dropsEgressThatNoRuleAllows() throws Exception {
    isolate(301, false, true, allow(Direction.EGRESS, 302, TCP, 8080, 0));
    assertThat(reach(a, b)).isEqualTo("b");
    assertThat(reach(a, c)).isEqualTo("TIMEOUT");
    FlowEvent event = Lab.awaitDrop(lab.one, Reason.POLICY_DENIED, c.address());
    assertThat(event.direction()).isEqualTo(Direction.EGRESS);
    assertThat(event.destination().identity()).isEqualTo(303);
  }

  @Test
  void judgesTheBackendOfAService() throws Exception {
    Ipv4 vip = Ipv4.parse("10.96.0.30");
    lab.services.put(
        new ServicePort(vip, 80, Protocol.TCP),
        new ServiceTarget(false, false, List.of(new Backend(c.address(), 8080))));
    isolate(301, false, true, allow(Direction.EGRESS, 303, TCP, 8080, 0));
    assertThat(Net.greeting(Net.of(a), vip, 80)).startsWith("c ");
    isolate(301, false, true, allow(Direction.EGRESS, 303, TCP, 80, 0));
    assertThat(Net.greeting(Net.of(a), vip, 80)).isEqualTo("TIMEOUT");
    // By its service: a retransmission of an earlier test's connection to the pod may still be
    // dropped.
    FlowEvent drop =
        Lab.awaitEvent(
            lab.one,
            event ->
                event.reason() == Reason.POLICY_DENIED
                    && new FlowEvent.Endpoint(vip, 80).equals(event.service()));
    assertThat(drop.destination().address()).isEqualTo(c.address());
  }

  @Test
  void knowsAddressBlocks() throws Exception {
    lab.prefixes.put(Prefix.parse("172.30.0.0/28"), new Peer((1 << 24) | 7, Mesh.NONE));
    isolate(303, true, false, allow(Direction.INGRESS, (1 << 24) | 7, TCP, 8080, 0));
    assertThat(Net.greeting(outside(), c.address(), 8080)).startsWith("c ");
    lab.prefixes.clear();
    lab.apply();
    assertThat(Net.greeting(outside(), c.address(), 8080)).isEqualTo("TIMEOUT");
    FlowEvent event = Lab.awaitDrop(lab.two, Reason.POLICY_DENIED, c.address());
    assertThat(event.source().identity()).isEqualTo(2);
  }

  @Test
  void letsAnswersBackIntoAnIsolatedPod() throws Exception {
    isolate(301, true, true, allow(Direction.EGRESS, 0, 0, 0, 0));
    assertThat(reach(a, b)).isEqualTo("b");
    assertThat(reach(a, c)).isEqualTo("c");
    try (AutoCloseable server = Net.datagrams(c, 5300);
        DatagramChannel client = Net.datagramClient(Net.of(a), c.address(), 5300)) {
      assertThat(server).isNotNull();
      assertThat(Net.ask(client)).isEqualTo("c " + a.address());
    }
  }

  @Test
  void endsEstablishedConnectionsThatANewPolicyForbids() throws Exception {
    for (Lab.Pod server : List.of(b, c)) {
      lab.rules.clear();
      lab.apply();
      try (SocketChannel channel = Net.connect(Net.of(a), server.address(), 8080)) {
        assertThat(Net.line(channel)).startsWith(server.name());
        isolate(server.identity(), true, false, allow(Direction.INGRESS, 301, TCP, 8080, 0));
        assertThat(Net.echo(channel, "allowed")).isEqualTo("allowed");
        isolate(server.identity(), true, false);
        assertThatThrownBy(() -> Net.echo(channel, "forbidden")).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void letsTheNodeReachItsIsolatedPods() throws Exception {
    isolate(303, true, true);
    assertThat(Net.greeting(Net.of(lab.two), c.address(), 8080)).startsWith("c ");
    assertThat(Net.greeting(Net.of(lab.one), c.address(), 8080)).isEqualTo("TIMEOUT");
    assertThat(Lab.awaitDrop(lab.two, Reason.POLICY_DENIED, c.address()).source().identity())
        .isEqualTo(6);
  }

  @Test
  void holdsForTheProxyToo() throws Exception {
    isolate(302, true, false, allow(Direction.INGRESS, 301, TCP, 8080, 0));
    assertThat(upstream(301, b)).startsWith("b ");
    assertThat(upstream(999, b)).isEqualTo("refused");
    assertThat(Lab.awaitDrop(lab.one, Reason.POLICY_DENIED, b.address()).source().identity())
        .isEqualTo(999);
    isolate(301, false, true, allow(Direction.EGRESS, 302, TCP, 8080, 0));
    assertThat(upstream(301, b)).startsWith("b ");
    assertThat(upstream(301, c)).isEqualTo("refused");
    assertThat(Lab.awaitDrop(lab.one, Reason.POLICY_DENIED, c.address()).direction())
        .isEqualTo(Direction.EGRESS);
  }

  @Test
  void tellsAPrefixFromAPodInTheProxysMark() throws Exception {
    int prefix = 1 << 24 | 301;
    isolate(302, true, false, allow(Direction.INGRESS, prefix, TCP, 8080, 0));
    assertThat(upstream(prefix, b)).startsWith("b ");
    assertThat(upstream(301, b)).isEqualTo("refused");
  }

  @Test
  void holdsForTunnelsToPeersThatNoRuleNames() throws Exception {
    lab.meshes.put("a", Mesh.PERMISSIVE);
    lab.meshes.put("c", Mesh.PERMISSIVE);
    isolate(301, false, true, allow(Direction.EGRESS, 303, TCP, 8080, 0));
    try (RawSocket listener = lab.two.in(() -> RawSocket.listener(15008))) {
      assertThat(lab.one.in(() -> tunnel(listener))).isTrue();
      isolate(301, false, true, allow(Direction.EGRESS, 302, TCP, 8080, 0));
      assertThat(lab.one.in(() -> tunnel(listener))).isFalse();
    }
  }

  private static boolean tunnel(RawSocket listener) throws IOException {
    try (RawSocket tunnel =
        RawSocket.upstream(a.address(), (301 << 16) | 0xb00, c.address(), 15008)) {
      listener.accept().close();
      return tunnel.local().startsWith(a.address().toString());
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void cannotKeepAPodFromItself() throws Exception {
    Ipv4 vip = Ipv4.parse("10.96.0.31");
    lab.services.put(
        new ServicePort(vip, 80, Protocol.TCP),
        new ServiceTarget(false, false, List.of(new Backend(b.address(), 8080))));
    isolate(302, true, true);
    assertThat(Net.greeting(Net.of(b), vip, 80)).startsWith("b ");
    assertThat(Net.greeting(Net.of(b), b.address(), 8080)).startsWith("b ");
  }

  private static String upstream(int identity, Lab.Pod to) throws Exception {
    int mark =
        (identity & 0xffff) << 16 | 0xb00 | (identity >>> 16 & 0xff) | (identity >>> 24 & 1) << 12;
    try (RawSocket socket =
        lab.one.in(() -> RawSocket.upstream(a.address(), mark, to.address(), 8080))) {
      return socket.receive();
    } catch (IOException e) {
      return "refused";
    }
  }

  @Test
  void echoPassesOnlyWherePolicyDoesNotIsolate() throws Exception {
    assertThat(ping(a, b)).isTrue();
    assertThat(ping(a, c)).isTrue();
    isolate(303, true, false, allow(Direction.INGRESS, 301, TCP, 8080, 0));
    assertThat(ping(a, c)).isFalse();
    assertThat(ping(c, a)).isTrue();
    isolate(303, true, false, allow(Direction.INGRESS, 301, 0, 0, 0));
    assertThat(ping(a, c)).isTrue();
  }

  private static boolean ping(Lab.Pod from, Lab.Pod to) throws Exception {
    return from.in(() -> Echo.send(to.address()));
  }

  @Test
  void dropsPacketsWithAForeignSource() throws Exception {
    a.in(
        () -> {
          IpCommand.run("address", "add", "10.231.1.99/32", "dev", "eth0");
          return IpCommand.run(
              "route",
              "replace",
              c.address() + "/32",
              "via",
              PodAttachment.GATEWAY.toString(),
              "dev",
              "eth0",
              "src",
              "10.231.1.99");
        });
    assertThat(reach(a, c)).isEqualTo("TIMEOUT");
    FlowEvent event = Lab.awaitDrop(lab.one, Reason.SPOOFED, c.address());
    assertThat(event.source().address()).hasToString("10.231.1.99");
    assertThat(lab.one.datapath.stats().packets(Reason.SPOOFED)).isPositive();
    a.in(
        () -> {
          IpCommand.run("route", "del", c.address() + "/32");
          return IpCommand.run("address", "del", "10.231.1.99/32", "dev", "eth0");
        });
    assertThat(reach(a, c)).isEqualTo("c");
  }

  @Test
  void dropsDatagramsOfPodAddressesThatComeFromOutside() throws Exception {
    String pod = a.address() + "/32";
    NetNamespace.call(lab.outside, () -> IpCommand.run("address", "add", pod, "dev", "br0"));
    try (DatagramChannel forged =
        outside()
            .in(
                () ->
                    DatagramChannel.open(java.net.StandardProtocolFamily.INET)
                        .bind(Net.socketAddress(a.address(), 40_000))
                        .connect(Net.socketAddress(c.address(), 53)))) {
      // To its own node, and through another one.
      forged.write(java.nio.ByteBuffer.wrap(new byte[1]));
      Lab.awaitDrop(lab.two, Reason.SPOOFED, c.address());
      NetNamespace.call(
          lab.outside,
          () ->
              IpCommand.run(
                  "route",
                  "replace",
                  c.address() + "/32",
                  "via",
                  lab.one.options.nodeAddress().toString()));
      forged.write(java.nio.ByteBuffer.wrap(new byte[1]));
      Lab.awaitDrop(lab.one, Reason.SPOOFED, c.address());
    } finally {
      NetNamespace.call(
          lab.outside,
          () -> {
            IpCommand.run("route", "flush", c.address() + "/32");
            return IpCommand.run("address", "del", pod, "dev", "br0");
          });
    }
  }

  @Test
  void dropsPodAddressesThatComeFromOutside() throws Exception {
    NetNamespace.call(
        lab.outside, () -> IpCommand.run("address", "add", b.address() + "/32", "dev", "br0"));
    try {
      NetNamespace.call(
          lab.outside,
          () ->
              IpCommand.run(
                  "route",
                  "replace",
                  c.address() + "/32",
                  "via",
                  lab.two.options.nodeAddress().toString(),
                  "src",
                  b.address().toString()));
      assertThat(Net.greeting(outside(), c.address(), 8080)).isEqualTo("TIMEOUT");
      Lab.awaitDrop(lab.two, Reason.SPOOFED, c.address());
    } finally {
      NetNamespace.call(
          lab.outside,
          () -> {
            IpCommand.run("route", "del", c.address() + "/32");
            return IpCommand.run("address", "del", b.address() + "/32", "dev", "br0");
          });
    }
  }
}
