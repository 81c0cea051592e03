package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.FlowEvent.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class ServiceTest {
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

  private static final Ipv4 VIP = Ipv4.parse("10.96.0.10");

  private static void service(boolean affinity, Lab.Pod... backends) throws Exception {
    lab.services.put(new ServicePort(VIP, 80, Protocol.TCP), target(affinity, 8080, backends));
    lab.apply();
  }

  private static ServiceTarget target(boolean affinity, int port, Lab.Pod... backends) {
    return new ServiceTarget(
        false,
        affinity,
        List.of(backends).stream().map(pod -> new Backend(pod.address(), port)).toList());
  }

  @Test
  void spreadsConnectionsOverLocalAndRemoteBackends() throws Exception {
    service(false, b, c);
    Map<String, Integer> hits = new HashMap<>();
    for (int i = 0; i < 60; i++) {
      hits.merge(Net.greeting(Net.of(a), VIP, 80), 1, Integer::sum);
    }
    assertThat(hits).containsOnlyKeys("b " + a.address(), "c " + a.address());
    assertThat(hits.values()).allSatisfy(count -> assertThat(count).isBetween(12, 48));
  }

  @Test
  void answersFromTheServiceAddress() throws Exception {
    service(false, b, c);
    for (int i = 0; i < 8; i++) {
      try (SocketChannel channel = Net.connect(Net.of(a), VIP, 80)) {
        assertThat(Net.line(channel)).endsWith(a.address().toString());
        assertThat(Net.echo(channel, "x".repeat(3000))).hasSize(3000);
        assertThat(channel.getRemoteAddress()).hasToString("/" + VIP + ":80");
      }
    }
  }

  @Test
  void carriesBulkUnchangedThroughTranslationAndOverlay() throws Exception {
    byte[] sent = new byte[4 << 20];
    new Random(42).nextBytes(sent);
    for (Lab.Pod backend : List.of(b, c)) {
      service(false, backend);
      try (SocketChannel channel = Net.connect(Net.of(a), VIP, 80)) {
        assertThat(Net.line(channel)).startsWith(backend.name());
        channel.socket().setSoTimeout(0);
        CompletableFuture<byte[]> received =
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return channel.socket().getInputStream().readNBytes(sent.length);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
        channel.socket().getOutputStream().write(sent);
        assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
      }
    }
  }

  @Test
  void keepsAClientOnItsBackendWithAffinity() throws Exception {
    service(true, b, c);
    Set<String> hits = new HashSet<>();
    for (int i = 0; i < 12; i++) {
      hits.add(Net.greeting(Net.of(a), VIP, 80));
    }
    assertThat(hits).hasSize(1);
  }

  @Test
  void reachesItselfThroughAService() throws Exception {
    service(false, b);
    assertThat(Net.greeting(Net.of(b), VIP, 80)).isEqualTo("b " + PodAttachment.GATEWAY);
  }

  @Test
  void resetsAConnectionToAServiceWithoutBackends() throws Exception {
    service(false);
    assertThat(Net.greeting(Net.of(a), VIP, 80)).isEqualTo("RESET");
    Lab.awaitDrop(lab.one, Reason.NO_BACKEND, VIP);
  }

  @Test
  void resetsConnectionsToPortsThatTheServiceDoesNotHave() throws Exception {
    service(false, b);
    assertThat(Net.greeting(Net.of(a), VIP, 81)).isEqualTo("RESET");
    Lab.awaitDrop(lab.one, Reason.NO_BACKEND, VIP);
  }

  @Test
  void keepsAnEstablishedConnectionWhenItsBackendLeavesTheService() throws Exception {
    service(false, c);
    try (SocketChannel channel = Net.connect(Net.of(a), VIP, 80)) {
      assertThat(Net.line(channel)).startsWith("c ");
      service(false, b);
      assertThat(Net.echo(channel, "still there")).isEqualTo("still there");
      assertThat(Net.greeting(Net.of(a), VIP, 80)).startsWith("b ");
    }
  }

  @Test
  void movesDatagramsToANewBackend() throws Exception {
    ServicePort dns = new ServicePort(VIP, 53, Protocol.UDP);
    try (AutoCloseable first = Net.datagrams(b, 5353);
        AutoCloseable second = Net.datagrams(c, 5353);
        DatagramChannel client = Net.datagramClient(Net.of(a), VIP, 53)) {
      assertThat(List.of(first, second)).hasSize(2);
      lab.services.put(dns, target(false, 5353, b));
      lab.apply();
      assertThat(Net.ask(client)).isEqualTo("b " + a.address());
      lab.services.put(dns, target(false, 5353, c));
      lab.apply();
      assertThat(Net.ask(client)).isEqualTo("c " + a.address());
    }
  }

  @Test
  void writesOnlyWhatDiffers() throws Exception {
    service(false, b, c);
    assertThat(lab.apply()).isZero();
    lab.services.put(new ServicePort(VIP, 81, Protocol.TCP), target(false, 8080, b));
    assertThat(lab.apply()).isEqualTo(2);
  }
}
