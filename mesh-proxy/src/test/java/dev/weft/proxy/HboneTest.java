package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.Resource;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.Side;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Two nodes' proxies on loopback, mutual TLS between them with real certificates. */
class HboneTest {
  private static final String CLIENT = "127.77.1.2";
  private static final String SERVER = "127.77.2.2";
  private static final String GET = "GET /a HTTP/1.1\r\nHost: web\r\n\r\n";

  /** The node of the client pod, the node of the server pod, and a server in that pod. */
  private static final class Nodes implements AutoCloseable {
    private final TestServer server;
    private final TestIdentities here;
    private final TestIdentities there;
    private final TestProxy outbound;
    private final TestProxy inbound;

    Nodes(
        boolean http2,
        MtlsMode mode,
        TestIdentities.Ca hereCa,
        InstantSource hereClock,
        Meshes extra)
        throws IOException {
      server =
          TestServer.at(
              SERVER,
              http2,
              (self, request) ->
                  request.reply(200, request.head().method() + " " + request.text()));
      TestIdentities.Ca ca =
          hereCa.domain().getName().equals("cluster.local")
                  && hereClock.equals(InstantSource.system())
              ? hereCa
              : TestIdentities.Ca.of("cluster.local", InstantSource.system());
      here = new TestIdentities(hereCa, hereClock, "a");
      there = new TestIdentities(ca, InstantSource.system(), "b");
      Meshes mesh =
          extra
              .pod("a", "here", CLIENT, 300, MtlsMode.MTLS_MODE_PERMISSIVE)
              .pod("b", "there", SERVER, 400, mode)
              .service(
                  "web",
                  TestProxy.VIP,
                  80,
                  http2 ? AppProtocol.APP_PROTOCOL_HTTP2 : AppProtocol.APP_PROTOCOL_HTTP,
                  server.address());
      mesh.settings(hereCa.domain().getName());
      outbound =
          new TestProxy(
              mesh,
              options(
                  "here",
                  ProxyOptions.Listen.plain(
                      ProxyOptions.Kind.OUTBOUND,
                      Meshes.at("127.0.0.1", 0),
                      Meshes.at(TestProxy.VIP, 80))),
              here);
      mesh.settings("cluster.local");
      inbound =
          new TestProxy(
              mesh,
              options(
                  "there",
                  new ProxyOptions.Listen(
                      ProxyOptions.Kind.HBONE, Meshes.at(SERVER, 15008), false, null)),
              there);
    }

    private static ProxyOptions options(String node, ProxyOptions.Listen listen) {
      return ProxyOptions.plain(node, List.of(listen))
          .withLoops(1)
          .withUpstream(
              new ProxyOptions.Upstream(
                  false,
                  true,
                  Duration.ofSeconds(5),
                  Duration.ofSeconds(4),
                  100,
                  100,
                  Duration.ofSeconds(5)));
    }

    RawClient client() throws IOException {
      return new RawClient(outbound.address(), Meshes.at(CLIENT, 0));
    }

    @Override
    public void close() {
      outbound.close();
      inbound.close();
      here.close();
      there.close();
      server.close();
    }
  }

  private static TestIdentities.Ca ca() {
    return TestIdentities.Ca.of("cluster.local", InstantSource.system());
  }

  private static Nodes nodes(boolean http2, MtlsMode mode, Meshes extra) throws IOException {
    return new Nodes(http2, mode, ca(), InstantSource.system(), extra);
  }

  @Test
  void carriesHttp1() throws Exception {
    try (Nodes nodes = nodes(false, MtlsMode.MTLS_MODE_STRICT, new Meshes());
        RawClient client = nodes.client()) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 200").endsWith("GET ");
      }
      String body = "x".repeat(300_000);
      client.send(
          "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
      assertThat(client.answer()).endsWith("POST " + body);
      assertThat(nodes.server.connections.get()).isEqualTo(1);
      await().until(() -> nodes.outbound.seen.size() == 21);
      assertThat(nodes.outbound.seen.getFirst().end().mutualTls()).isTrue();
      assertThat(nodes.outbound.seen.getFirst().start().source().spiffeId())
          .isEqualTo("spiffe://cluster.local/ns/default/sa/a");
    }
  }

  @Test
  void isSeenOnBothSidesWhereTelemetryGoesSomewhere() throws Exception {
    for (boolean http2 : List.of(false, true)) {
      try (Nodes nodes = nodes(http2, MtlsMode.MTLS_MODE_STRICT, new Meshes().traced());
          TestClient client = new TestClient(nodes.outbound.address(), Meshes.at(CLIENT, 0));
          RawClient raw = nodes.client()) {
        if (http2) {
          client.send("GET", "/a", new byte[0], null).get(10, TimeUnit.SECONDS);
        } else {
          assertThat(raw.send(GET).answer()).startsWith("HTTP/1.1 200");
        }
        await().until(() -> nodes.inbound.seen.size() == 1 && nodes.outbound.seen.size() == 1);
        assertThat(nodes.outbound.seen.getFirst().start().side()).isEqualTo(Side.OUTBOUND);
        TestProxy.Seen server = nodes.inbound.seen.getFirst();
        assertThat(server.start().side()).isEqualTo(Side.INBOUND);
        assertThat(server.start().source().spiffeId())
            .isEqualTo("spiffe://cluster.local/ns/default/sa/a");
        assertThat(server.end().status()).isEqualTo(200);
      }
    }
    try (Nodes nodes = nodes(false, MtlsMode.MTLS_MODE_STRICT, new Meshes());
        RawClient client = nodes.client()) {
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 200");
      await().until(() -> nodes.outbound.seen.size() == 1);
      assertThat(nodes.inbound.seen).as("nobody looks, nothing is read").isEmpty();
    }
  }

  @Test
  void carriesHttp2() throws Exception {
    try (Nodes nodes = nodes(true, MtlsMode.MTLS_MODE_PERMISSIVE, new Meshes());
        TestClient client = new TestClient(nodes.outbound.address(), Meshes.at(CLIENT, 0))) {
      byte[] body = "y".repeat(300_000).getBytes(StandardCharsets.ISO_8859_1);
      for (int i = 0; i < 5; i++) {
        assertThat(client.send("POST", "/", body, null).get(10, TimeUnit.SECONDS).text())
            .hasSize(300_005);
      }
    }
  }

  @Test
  void authorisesRequestsByCertificate() throws Exception {
    AuthorizationRules.Builder policy =
        AuthorizationRules.newBuilder()
            .setNamespace("default")
            .setName("only-get")
            .setAction(AuthorizationRules.Action.ACTION_ALLOW)
            .addRules(
                AuthorizationRules.Rule.newBuilder()
                    .addFrom(
                        AuthorizationRules.Source.newBuilder()
                            .addPrincipals("cluster.local/ns/default/sa/a"))
                    .addTo(AuthorizationRules.Operation.newBuilder().addMethods("GET")));
    Meshes extra =
        new Meshes()
            .put("authorization/default/only-get", Resource.newBuilder().setAuthorization(policy));
    try (Nodes nodes = nodes(false, MtlsMode.MTLS_MODE_STRICT, extra);
        RawClient client = nodes.client()) {
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 200");
      assertThat(
              client.send("DELETE / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n").answer())
          .startsWith("HTTP/1.1 403");
      await().until(() -> nodes.inbound.seen.size() == 2);
      assertThat(nodes.inbound.seen.getLast().end().policy()).isEqualTo("default/only-get");
      assertThat(nodes.inbound.seen.getLast().start().source().spiffeId())
          .isEqualTo("spiffe://cluster.local/ns/default/sa/a");
    }
  }

  @Test
  void refusesWhatNetworkPolicyForbids() throws Exception {
    Meshes extra =
        new Meshes()
            .put(
                "networkrules/400",
                Resource.newBuilder()
                    .setNetworkRules(
                        NetworkRules.newBuilder().setIdentity(400).setIngressIsolated(true)));
    try (Nodes nodes = nodes(false, MtlsMode.MTLS_MODE_STRICT, extra);
        RawClient client = nodes.client()) {
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 503");
      assertThat(nodes.server.connections.get()).isZero();
    }
  }

  @Test
  void refusesAForeignTrustDomain() throws Exception {
    try (Nodes nodes =
            new Nodes(
                false,
                MtlsMode.MTLS_MODE_STRICT,
                TestIdentities.Ca.of("other.domain", InstantSource.system()),
                InstantSource.system(),
                new Meshes());
        RawClient client = nodes.client()) {
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 503").contains("UNTRUSTED_PEER");
      assertThat(nodes.server.connections.get()).isZero();
    }
  }

  @Test
  void refusesAnExpiredCertificate() throws Exception {
    InstantSource past = InstantSource.offset(InstantSource.system(), Duration.ofHours(-3));
    TestIdentities.Ca old = TestIdentities.Ca.of("cluster.local", past);
    try (Nodes nodes = new Nodes(false, MtlsMode.MTLS_MODE_STRICT, old, past, new Meshes());
        RawClient client = nodes.client()) {
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 503");
      assertThat(nodes.server.connections.get()).isZero();
    }
  }

  @Test
  void neverFallsBackToPlaintext() throws Exception {
    try (TestServer server =
            TestServer.at(SERVER, false, (self, request) -> request.reply(200, ""));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .pod("a", "here", CLIENT, 300, MtlsMode.MTLS_MODE_PERMISSIVE)
                    .pod("b", "there", SERVER, 400, MtlsMode.MTLS_MODE_STRICT)
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        AppProtocol.APP_PROTOCOL_HTTP,
                        server.address()));
        RawClient client = new RawClient(proxy.address(), Meshes.at(CLIENT, 0))) {
      // This node has no certificate for the pod.
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 503").contains("UNTRUSTED_PEER");
      assertThat(server.connections.get()).isZero();
    }
  }

  @Test
  void turnsTlsGarbageAway() throws Exception {
    try (Nodes nodes = nodes(false, MtlsMode.MTLS_MODE_STRICT, new Meshes());
        RawClient stranger = new RawClient(Meshes.at(SERVER, 15008))) {
      stranger.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
      assertThat(stranger.rest()).doesNotContain("HTTP/1.1");
      await()
          .until(
              () ->
                  nodes.inbound.connections.stream()
                      .anyMatch(
                          event ->
                              event.kind() == ConnectionEvent.Kind.REFUSED
                                  && "TLS_FAILED".equals(event.reason())));
      try (RawClient client = nodes.client()) {
        assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 200");
      }
    }
  }

  @Test
  void carriesOpaqueBytesAndHalfCloses() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 5, Meshes.at(SERVER, 0).getAddress())) {
      InetSocketAddress address = (InetSocketAddress) listening.getLocalSocketAddress();
      Meshes extra = new Meshes().pod("b", "there", SERVER, 400, MtlsMode.MTLS_MODE_STRICT);
      extra.service("raw", "10.96.0.9", 80, AppProtocol.APP_PROTOCOL_TCP, address);
      try (Nodes nodes = nodes(false, MtlsMode.MTLS_MODE_STRICT, extra)) {
        Thread server = Thread.ofVirtual().start(() -> sumUp(listening));
        // The outbound listener stands for "web": let it stand for the opaque Service instead.
        Meshes opaque =
            new Meshes()
                .pod("a", "here", CLIENT, 300, MtlsMode.MTLS_MODE_PERMISSIVE)
                .pod("b", "there", SERVER, 400, MtlsMode.MTLS_MODE_STRICT)
                .service("raw", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_TCP, address);
        nodes.outbound.proxy.apply(opaque.tables());
        try (RawClient client = nodes.client()) {
          assertThat(client.bytes(5)).isEqualTo("hello"); // the server speaks first
          client.send("x".repeat(200_000));
          client.socket().shutdownOutput();
          assertThat(client.rest()).isEqualTo("200000");
        }
        server.join();
      }
    }
  }

  /** Greets, reads to the end, and then says how much there was. */
  private static void sumUp(ServerSocket listening) {
    try (Socket socket = listening.accept()) {
      socket.getOutputStream().write("hello".getBytes(StandardCharsets.ISO_8859_1));
      int length = socket.getInputStream().readAllBytes().length;
      socket.getOutputStream().write(("" + length).getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void checksTheAuthority() {
    int pod = dev.weft.routing.Ipv4.parse("10.1.2.3");
    Map<String, Integer> expected =
        Map.of(
            "10.1.2.3:80", 80,
            "10.1.2.3:65535", 65535,
            "10.1.2.3:0", 0,
            "10.1.2.4:80", -1,
            "10.1.2.3", -1,
            "10.1.2.3:", -1,
            "10.1.2.3:x", -1,
            "10.1.2.3:65536", -1,
            "10.1.2.3:+80", -1,
            "web.default:80", -1);
    expected.forEach(
        (authority, port) ->
            assertThat(HboneStream.portOf(authority, pod)).as(authority).isEqualTo(port));
  }
}
