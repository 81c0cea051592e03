package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Gateway.Protocol;
import dev.weft.api.v1.L4Route.Kind;
import dev.weft.api.v1.Resource;
import dev.weft.proxy.http.HttpLimits;
import dev.weft.proxy.observe.ConnectionEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners of TLS and TCP on a Gateway whose connections nobody reads. */
class L4GatewayTest {

  /** A server that says its name first, then what it was sent, until it is sent nothing more. */
  private record Echo(ServerSocket listening) implements AutoCloseable {
    static Echo named(String name) throws IOException {
      ServerSocket listening = new ServerSocket(0, 50, Meshes.at("127.0.0.1", 0).getAddress());
      Thread.ofVirtual()
          .start(
              () -> {
                while (!listening.isClosed()) {
                  try {
                    Socket socket = listening.accept();
                    Thread.ofVirtual().start(() -> talk(socket, name));
                  } catch (IOException closed) {
                    return;
                  }
                }
              });
      return new Echo(listening);
    }

    private static void talk(Socket socket, String name) {
      try (socket) {
        socket.getOutputStream().write(name.getBytes(StandardCharsets.ISO_8859_1));
        socket.getInputStream().transferTo(socket.getOutputStream());
      } catch (IOException over) {
        // The client has gone.
      }
    }

    InetSocketAddress address() {
      return (InetSocketAddress) listening.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  private static Meshes mesh(Echo echo) throws Exception {
    return L4Meshes.tcp(new Meshes(), "echo", echo.address())
        .put("certificate/default/ends", GatewayProxyTest.certificate("ends.example.com"))
        .put("certificate/default/web", GatewayProxyTest.certificate("web.example.com"))
        .put(
            "gateway/default/edge",
            L4Meshes.gateway(
                L4Meshes.listener("tcp", Protocol.PROTOCOL_TCP, 9000, ""),
                L4Meshes.listener("pass", Protocol.PROTOCOL_TLS_PASSTHROUGH, 443, "*.pass.com"),
                L4Meshes.listener("ends", Protocol.PROTOCOL_TLS, 443, "ends.example.com"),
                L4Meshes.listener("web", Protocol.PROTOCOL_HTTPS, 443, "web.example.com")))
        .put("tcproute/default/tcp", L4Meshes.route(Kind.KIND_TCP, "tcp", List.of(), echo()))
        .put(
            "tlsroute/default/pass",
            L4Meshes.route(Kind.KIND_TLS, "pass", List.of("a.pass.com"), echo()))
        .put("tlsroute/default/ends", L4Meshes.route(Kind.KIND_TLS, "ends", List.of(), echo()));
  }

  private static Backend.Builder echo() {
    return Meshes.backend("echo", 80);
  }

  private static TestProxy proxy(Meshes mesh, int port) throws IOException {
    return proxy(mesh, port, options -> options);
  }

  private static TestProxy proxy(Meshes mesh, int port, UnaryOperator<ProxyOptions> change)
      throws IOException {
    return new TestProxy(
        mesh, change.apply(L4Meshes.options(ProxyOptions.Kind.OUTBOUND, port)), id -> null);
  }

  /** What a client says first to reach a server, from the JDK's own TLS. */
  private static byte[] clientHello(String name) throws Exception {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (ServerSocket ear = new ServerSocket(0, 1, Meshes.at("127.0.0.1", 0).getAddress())) {
      Thread listener =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket socket = ear.accept()) {
                      InputStream in = socket.getInputStream();
                      byte[] header = in.readNBytes(5);
                      said.writeBytes(header);
                      said.writeBytes(in.readNBytes(((header[3] & 255) << 8) | (header[4] & 255)));
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      try {
        GatewayProxyTest.handshake((InetSocketAddress) ear.getLocalSocketAddress(), name).close();
      } catch (IOException closed) {
        // as it was meant to be
      }
      listener.join();
    }
    return said.toByteArray();
  }

  @Test
  void tcpIsNeverReadAndTheServerMaySpeakFirst() throws Exception {
    try (Echo echo = Echo.named("hello ");
        TestProxy proxy = proxy(mesh(echo), 9000);
        RawClient client = proxy.client()) {
      assertThat(client.bytes(6)).isEqualTo("hello ");
      client.send("GET / HTTP/1.1\r\n\r\n").socket().shutdownOutput();
      assertThat(client.rest()).isEqualTo("GET / HTTP/1.1\r\n\r\n");
      await()
          .untilAsserted(
              () ->
                  assertThat(proxy.connections)
                      .anySatisfy(
                          event -> {
                            assertThat(event.kind()).isEqualTo(ConnectionEvent.Kind.CLOSED);
                            assertThat(event.bytesIn()).isEqualTo(18);
                            assertThat(event.bytesOut()).isEqualTo(24);
                          }));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100_000})
  void passthroughHandsOnEveryByteInWhateverPieces(int piece) throws Exception {
    byte[] hello = clientHello("a.pass.com");
    try (Echo echo = Echo.named("tls! ");
        TestProxy proxy = proxy(mesh(echo), 443);
        RawClient client = proxy.client()) {
      client.socket().setTcpNoDelay(true);
      for (int at = 0; at < hello.length; at += piece) {
        client.send(Arrays.copyOfRange(hello, at, Math.min(hello.length, at + piece)));
      }
      client.socket().shutdownOutput();
      assertThat(client.rest()).isEqualTo("tls! " + new String(hello, StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void aHelloInManyRecordsIsPutTogether() throws Exception {
    byte[] hello = clientHello("a.pass.com");
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    for (int at = 5; at < hello.length; at += 50) {
      int length = Math.min(50, hello.length - at);
      records.writeBytes(new byte[] {22, 3, 1, 0, (byte) length});
      records.write(hello, at, length);
    }
    try (Echo echo = Echo.named("");
        TestProxy proxy = proxy(mesh(echo), 443);
        RawClient client = proxy.client()) {
      client.send(records.toByteArray()).socket().shutdownOutput();
      assertThat(client.rest()).isEqualTo(records.toString(StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void terminatesAndPassesOnWhatIsInside() throws Exception {
    try (Echo echo = Echo.named("plain ");
        TestProxy proxy = proxy(mesh(echo), 443);
        SSLSocket client = GatewayProxyTest.handshake(proxy.address(), "ends.example.com")) {
      assertThat(client.getSession().getPeerPrincipal().getName()).isEqualTo("CN=ends.example.com");
      assertThat(new String(client.getInputStream().readNBytes(6), StandardCharsets.US_ASCII))
          .isEqualTo("plain ");
      byte[] much = new byte[300_000];
      Arrays.fill(much, (byte) 'x');
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write(much);
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      assertThat(client.getInputStream().readNBytes(much.length)).isEqualTo(much);
      writer.join();
    }
  }

  @Test
  void theServersEndReachesATlsClientWithANotice() throws Exception {
    try (ServerSocket once = new ServerSocket(0, 1, Meshes.at("127.0.0.1", 0).getAddress());
        Echo unused = Echo.named("");
        TestProxy proxy =
            proxy(
                L4Meshes.tcp(
                    mesh(unused), "echo", (InetSocketAddress) once.getLocalSocketAddress()),
                443)) {
      Thread server =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket socket = once.accept()) {
                      socket.getOutputStream().write("bye".getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      try (SSLSocket client = GatewayProxyTest.handshake(proxy.address(), "ends.example.com")) {
        // Without close_notify the JDK throws "closing inbound before receiving peer's".
        assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("bye");
      }
      server.join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"b.pass.com", "pass.com", "other.example.com", "example.com"})
  void aNameThatNobodyServesIsReset(String name) throws Exception {
    try (Echo echo = Echo.named("never ");
        TestProxy proxy = proxy(mesh(echo), 443);
        RawClient client = proxy.client()) {
      client.send(clientHello(name));
      assertThat(client.rest()).as("no alert").isEqualTo("<reset>");
      await().until(() -> !proxy.connections.isEmpty());
      assertThat(proxy.connections)
          .extracting(ConnectionEvent::reason)
          .containsAnyOf("UNKNOWN_SERVER_NAME", "NO_ROUTE");
    }
  }

  @Test
  void httpsBesideItIsServedAsEver() throws Exception {
    try (Echo echo = Echo.named("never ");
        TestProxy proxy = proxy(mesh(echo), 443);
        SSLSocket client = GatewayProxyTest.handshake(proxy.address(), "web.example.com")) {
      client
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: web.example.com\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(client.getInputStream().readAllBytes()).asString().startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void deadAndInvalidBackendsAreReset() throws Exception {
    InetSocketAddress dead;
    try (ServerSocket gone = new ServerSocket(0, 1, Meshes.at("127.0.0.1", 0).getAddress())) {
      dead = (InetSocketAddress) gone.getLocalSocketAddress();
    }
    try (Echo echo = Echo.named("never ");
        TestProxy proxy = proxy(L4Meshes.tcp(mesh(echo), "echo", dead), 443);
        RawClient client = proxy.client()) {
      assertThat(client.send(clientHello("a.pass.com")).rest()).isEqualTo("<reset>");
    }
    try (Echo echo = Echo.named("never ");
        TestProxy proxy =
            proxy(
                mesh(echo)
                    .put(
                        "tcproute/default/tcp",
                        L4Meshes.route(
                            Kind.KIND_TCP,
                            "tcp",
                            List.of(),
                            Backend.newBuilder().setWeight(1).setInvalid("RefNotPermitted"))),
                9000)) {
      assertThat(proxy.refuses()).isTrue();
      await().until(() -> !proxy.connections.isEmpty());
      assertThat(proxy.connections).extracting(ConnectionEvent::reason).contains("INVALID_BACKEND");
    }
  }

  @Test
  void connectionsFollowTheWeights() throws Exception {
    try (Echo one = Echo.named("1");
        Echo two = Echo.named("2");
        TestProxy proxy =
            proxy(
                L4Meshes.tcp(L4Meshes.tcp(mesh(one), "one", one.address()), "two", two.address())
                    .put(
                        "tcproute/default/tcp",
                        L4Meshes.route(
                            Kind.KIND_TCP,
                            "tcp",
                            List.of(),
                            Meshes.backend("one", 80).setWeight(70),
                            Meshes.backend("two", 80).setWeight(30),
                            Meshes.backend("absent", 80).setWeight(0))),
                9000)) {
      int first = 0;
      for (int i = 0; i < 500; i++) {
        try (RawClient client = proxy.client()) {
          String name = client.bytes(1);
          assertThat(name).isIn("1", "2");
          first += name.equals("1") ? 1 : 0;
        }
      }
      assertThat(first).as("of 500, 70 in 100").isBetween(300, 400);
    }
  }

  @Test
  void aPolicyOnTheGatewayDecidesByAddress() throws Exception {
    AuthorizationRules deny =
        AuthorizationRules.newBuilder()
            .setNamespace("default")
            .setName("deny")
            .setAction(AuthorizationRules.Action.ACTION_DENY)
            .addTargets(
                AuthorizationRules.Target.newBuilder()
                    .setGateway(
                        AuthorizationRules.Target.Ref.newBuilder()
                            .setNamespace("default")
                            .setName("edge")))
            .addRules(
                AuthorizationRules.Rule.newBuilder()
                    .addFrom(AuthorizationRules.Source.newBuilder().addIpBlocks("127.0.0.0/8")))
            .build();
    try (Echo echo = Echo.named("hello ");
        TestProxy proxy = proxy(mesh(echo), 9000);
        RawClient before = proxy.client()) {
      assertThat(before.bytes(6)).isEqualTo("hello ");

      proxy.proxy.apply(
          mesh(echo)
              .put("authorization/default/deny", Resource.newBuilder().setAuthorization(deny))
              .tables(proxy.proxy.tables()));

      assertThat(before.rest()).as("what was open ends").isEqualTo("<reset>");
      assertThat(proxy.refuses()).isTrue();
    }
  }

  // ---- hostile clients

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "\u0016\u0003\u0001\u0000\u0000\u0016\u0003\u0001\u0000\u0000",
        "\u0016\u0003\u0001\u0000\u0004\u0002\u0000\u0000\u0000",
        "\u0016\u0003\u0001\u0000\u0004\u0001\u00ff\u00ff\u00ff",
        "\u0015\u0003\u0001\u0000\u0002\u0002(",
        "\u0017\u0003\u0003\u0000\u0001x",
      })
  void garbageIsTurnedAway(String garbage) throws Exception {
    try (Echo echo = Echo.named("never ");
        TestProxy proxy =
            proxy(
                mesh(echo)
                    .put(
                        "gateway/default/edge",
                        L4Meshes.gateway(
                            L4Meshes.listener("pass", Protocol.PROTOCOL_TLS_PASSTHROUGH, 443, "")))
                    .put(
                        "tlsroute/default/pass",
                        L4Meshes.route(Kind.KIND_TLS, "pass", List.of(), echo())),
                443);
        RawClient client = proxy.client()) {
      client.send(garbage);
      assertThat(client.rest()).isIn("", "<reset>");
    }
  }

  @Test
  void aClientThatNeverFinishesItsHelloIsTurnedAway() throws Exception {
    byte[] hello = clientHello("a.pass.com");
    HttpLimits usual = HttpLimits.defaults();
    try (Echo echo = Echo.named("never ");
        TestProxy proxy =
            proxy(
                mesh(echo),
                443,
                options -> options.withHttp(usual.withHeadTimeout(Duration.ofMillis(200))));
        RawClient client = proxy.client()) {
      client.send(Arrays.copyOf(hello, hello.length / 2));
      assertThat(client.rest()).isIn("", "<reset>");
    }
  }
}
