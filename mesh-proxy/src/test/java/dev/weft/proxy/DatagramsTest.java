package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Gateway.Protocol;
import dev.weft.api.v1.L4Route.Kind;
import dev.weft.proxy.observe.ConnectionEvent;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Listeners of UDP on a Gateway. */
class DatagramsTest {

  /** A server that answers every datagram with its name before it. */
  private record Echo(DatagramSocket socket) implements AutoCloseable {
    static Echo named(String name) throws IOException {
      DatagramSocket socket = new DatagramSocket(Meshes.at("127.0.0.1", 0));
      Thread.ofVirtual()
          .start(
              () -> {
                byte[] buffer = new byte[65_535];
                while (!socket.isClosed()) {
                  try {
                    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                    socket.receive(packet);
                    byte[] answer =
                        (name
                                + new String(
                                    buffer, 0, packet.getLength(), StandardCharsets.ISO_8859_1))
                            .getBytes(StandardCharsets.ISO_8859_1);
                    socket.send(
                        new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                  } catch (IOException closed) {
                    return;
                  }
                }
              });
      return new Echo(socket);
    }

    InetSocketAddress address() {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static final class Client implements AutoCloseable {
    private final DatagramSocket socket;

    Client(TestProxy proxy) throws IOException {
      socket = new DatagramSocket(Meshes.at("127.0.0.1", 0));
      socket.connect(proxy.address());
      socket.setSoTimeout(10_000);
    }

    Client send(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      socket.send(new DatagramPacket(bytes, bytes.length));
      return this;
    }

    String answer() throws IOException {
      DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
      socket.receive(packet);
      return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static Meshes mesh(Backend.Builder... backends) {
    return new Meshes()
        .put(
            "gateway/default/edge",
            L4Meshes.gateway(L4Meshes.listener("udp", Protocol.PROTOCOL_UDP, 53, "")))
        .put("udproute/default/udp", L4Meshes.route(Kind.KIND_UDP, "udp", List.of(), backends));
  }

  private static Meshes echo(Echo echo) {
    return L4Meshes.udp(mesh(Meshes.backend("echo", 80)), "echo", echo.address());
  }

  private static TestProxy proxy(Meshes mesh) throws IOException {
    return proxy(mesh, options -> options);
  }

  private static TestProxy proxy(Meshes mesh, UnaryOperator<ProxyOptions> change)
      throws IOException {
    return new TestProxy(
        mesh, change.apply(L4Meshes.options(ProxyOptions.Kind.DATAGRAMS, 53)), id -> null);
  }

  private static long count(TestProxy proxy, ConnectionEvent.Kind kind) {
    return proxy.connections.stream().filter(event -> event.kind() == kind).count();
  }

  @Test
  void answersComeBack() throws Exception {
    try (Echo echo = Echo.named("e:");
        TestProxy proxy = proxy(echo(echo));
        Client client = new Client(proxy);
        Client other = new Client(proxy)) {
      assertThat(client.send("one").answer()).isEqualTo("e:one");
      assertThat(other.send("two").answer()).isEqualTo("e:two");
      assertThat(client.send("three").answer()).isEqualTo("e:three");
      String large = "x".repeat(9000);
      assertThat(client.send(large).answer()).isEqualTo("e:" + large);
      assertThat(count(proxy, ConnectionEvent.Kind.OPENED)).as("a session a client").isEqualTo(2);
      assertThat(proxy.connections).allMatch(ConnectionEvent::udp);
    }
  }

  @Test
  void whatWasCutShortIsNotPassedOn() throws Exception {
    try (Echo echo = Echo.named("e:");
        TestProxy proxy = proxy(echo(echo));
        Client client = new Client(proxy)) {
      client.send("x".repeat(20_000));
      assertThat(client.send("small").answer()).isEqualTo("e:small");
    }
  }

  @Test
  void sessionsFollowTheWeights() throws Exception {
    try (Echo one = Echo.named("1");
        Echo two = Echo.named("2");
        TestProxy proxy =
            proxy(
                L4Meshes.udp(
                    L4Meshes.udp(
                        mesh(
                            Meshes.backend("one", 80).setWeight(70),
                            Meshes.backend("two", 80).setWeight(30),
                            Meshes.backend("absent", 80).setWeight(0)),
                        "one",
                        one.address()),
                    "two",
                    two.address()))) {
      int first = 0;
      for (int i = 0; i < 500; i++) {
        try (Client client = new Client(proxy)) {
          String answer = client.send("?").answer();
          assertThat(answer).isIn("1?", "2?");
          assertThat(client.send("!").answer().charAt(0))
              .as("a session keeps its server")
              .isEqualTo(answer.charAt(0));
          first += answer.equals("1?") ? 1 : 0;
        }
      }
      assertThat(first).as("of 500, 70 in 100").isBetween(300, 400);
    }
  }

  @Test
  void withoutABackendNothingIsSentAnywhere() throws Exception {
    try (Echo echo = Echo.named("e:");
        TestProxy proxy = proxy(mesh(Backend.newBuilder().setWeight(1).setInvalid("gone")));
        Client client = new Client(proxy)) {
      client.send("one").send("two").send("three");
      await().until(() -> count(proxy, ConnectionEvent.Kind.REFUSED) > 0);
      client.socket.setSoTimeout(50);
      assertThatThrownBy(client::answer).isInstanceOf(SocketTimeoutException.class);
      assertThat(proxy.connections)
          .as("told once")
          .singleElement()
          .extracting(ConnectionEvent::reason)
          .isEqualTo("INVALID_BACKEND");

      proxy.proxy.apply(echo(echo).tables(proxy.proxy.tables()));
      await()
          .until(
              () -> {
                client.send("again");
                try {
                  return client.answer().equals("e:again");
                } catch (SocketTimeoutException notYet) {
                  return false;
                }
              });
    }
  }

  @Test
  void aSessionEndsWithItsServer() throws Exception {
    try (Echo old = Echo.named("old:");
        Echo fresh = Echo.named("fresh:");
        TestProxy proxy = proxy(echo(old));
        Client client = new Client(proxy)) {
      assertThat(client.send("a").answer()).isEqualTo("old:a");

      proxy.proxy.apply(echo(fresh).tables(proxy.proxy.tables()));
      await().until(() -> count(proxy, ConnectionEvent.Kind.CLOSED) == 1);

      assertThat(client.send("b").answer()).isEqualTo("fresh:b");
    }
  }

  @Test
  void silenceEndsASession() throws Exception {
    AtomicLong time = new AtomicLong();
    try (Echo echo = Echo.named("e:");
        TestProxy proxy =
            proxy(echo(echo), options -> options.withClocks(time::get, options.machine().wall()));
        Client once = new Client(proxy);
        Client talkative = new Client(proxy)) {
      once.send("a").answer();
      talkative.send("a").answer();
      talkative.send("b").answer();

      time.addAndGet(Duration.ofSeconds(31).toNanos());
      await().until(() -> count(proxy, ConnectionEvent.Kind.CLOSED) == 1);
      assertThat(talkative.send("c").answer()).isEqualTo("e:c");
      assertThat(count(proxy, ConnectionEvent.Kind.OPENED)).isEqualTo(2);

      time.addAndGet(Duration.ofSeconds(121).toNanos());
      await().until(() -> count(proxy, ConnectionEvent.Kind.CLOSED) == 2);
    }
  }

  @Test
  void aFloodOfPortsLeavesOthersAlone() throws Exception {
    ProxyOptions.Datagrams few =
        new ProxyOptions.Datagrams(64, 32, 1024, Duration.ofSeconds(30), Duration.ofSeconds(120));
    List<Client> flood = new ArrayList<>();
    try (Echo echo = Echo.named("e:");
        TestProxy proxy = proxy(echo(echo), options -> options.withDatagrams(few));
        DatagramSocket elsewhere = new DatagramSocket(Meshes.at("127.0.0.2", 0))) {
      elsewhere.connect(proxy.address());
      elsewhere.setSoTimeout(10_000);
      ask(elsewhere, "before");
      for (int i = 0; i < 200; i++) {
        Client client = new Client(proxy);
        flood.add(client);
        client.send("x");
      }
      await().until(() -> count(proxy, ConnectionEvent.Kind.CLOSED) >= 200 - 32);
      ask(elsewhere, "after");
      assertThat(
              proxy.connections.stream()
                  .filter(event -> event.source().address().equals("127.0.0.2"))
                  .map(ConnectionEvent::kind))
          .containsExactly(ConnectionEvent.Kind.OPENED);
    } finally {
      flood.forEach(Client::close);
    }
  }

  private static void ask(DatagramSocket socket, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    socket.send(new DatagramPacket(bytes, bytes.length));
    DatagramPacket answer = new DatagramPacket(new byte[100], 100);
    socket.receive(answer);
    assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.ISO_8859_1))
        .isEqualTo("e:" + text);
  }

  @Test
  void newSessionsAreLimitedInTime() throws Exception {
    ProxyOptions.Datagrams slow =
        new ProxyOptions.Datagrams(64, 64, 0, Duration.ofSeconds(30), Duration.ofSeconds(120));
    try (Echo echo = Echo.named("e:");
        TestProxy proxy = proxy(echo(echo), options -> options.withDatagrams(slow));
        Client client = new Client(proxy)) {
      client.send("a");
      await().until(() -> count(proxy, ConnectionEvent.Kind.REFUSED) > 0);
      assertThat(proxy.connections.getFirst().reason()).isEqualTo("OVERLOADED");
    }
  }

  @Test
  void drainingWaitsForAnswersOnly() throws Exception {
    try (Echo echo = Echo.named("e:");
        TestProxy proxy = proxy(echo(echo));
        Client client = new Client(proxy)) {
      client.send("a").answer();
      assertThat(proxy.proxy.drain(Duration.ofSeconds(10))).isTrue();
      assertThat(count(proxy, ConnectionEvent.Kind.CLOSED)).isEqualTo(1);
    }
  }
}
