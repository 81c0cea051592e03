package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Header;
import dev.weft.api.v1.HeaderModifier;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Mirror;
import dev.weft.api.v1.PathRewrite;
import dev.weft.api.v1.Redirect;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Retry;
import dev.weft.api.v1.Rewrite;
import dev.weft.api.v1.StringMatch;
import dev.weft.api.v1.TrafficSettings;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What routes say, done to requests on real sockets. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class RoutingProxyTest {
  private static final String GET = "GET /a HTTP/1.1\r\nHost: web\r\n\r\n";

  private static Meshes mesh(TestServer... servers) {
    InetSocketAddress[] addresses = new InetSocketAddress[servers.length];
    for (int i = 0; i < servers.length; i++) {
      addresses[i] = servers[i].address();
    }
    return new Meshes().service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, addresses);
  }

  private static String ask(TestProxy proxy, String request) throws Exception {
    try (RawClient client = proxy.client()) {
      return client.send(request).answer();
    }
  }

  @Test
  void splitsByWeight() throws Exception {
    try (TestServer one = TestServer.http1((server, request) -> request.reply(200, "one"));
        TestServer two = TestServer.http1((server, request) -> request.reply(200, "two"))) {
      Meshes mesh =
          mesh(one)
              .service("v2", "10.96.0.2", 80, AppProtocol.APP_PROTOCOL_HTTP, two.address())
              .route(
                  "split",
                  "web",
                  Meshes.everything(
                      Meshes.backend("web", 80).setWeight(90),
                      Meshes.backend("v2", 80).setWeight(10)));
      try (TestProxy proxy = new TestProxy(mesh);
          RawClient client = proxy.client()) {
        int second = 0;
        for (int i = 0; i < 2000; i++) {
          second += client.send(GET).answer().endsWith("two") ? 1 : 0;
        }
        assertThat(second).isBetween(140, 260); // 200 ± 4.5 standard deviations
      }
    }
  }

  @Test
  void changesTablesUnderAConnection() throws Exception {
    try (TestServer one = TestServer.http1((server, request) -> request.reply(200, "one"));
        TestServer two = TestServer.http1((server, request) -> request.reply(200, "two"));
        TestProxy proxy = new TestProxy(mesh(one));
        RawClient client = proxy.client()) {
      assertThat(client.send(GET).answer()).endsWith("one");
      proxy.proxy.apply(mesh(two).tables(proxy.proxy.tables()));
      assertThat(client.send(GET).answer()).endsWith("two");
    }
  }

  @Test
  void editsHeadersAndPath() throws Exception {
    HttpRule.Builder rule =
        Meshes.everything(
                Meshes.backend("web", 80)
                    .addFilters(
                        HttpFilter.newBuilder()
                            .setRequestHeaders(
                                HeaderModifier.newBuilder()
                                    .addAdd(Header.newBuilder().setName("x-b").setValue("2")))))
            .addMatches(HttpMatch.newBuilder().setPath(StringMatch.newBuilder().setPrefix("/old")))
            .addFilters(
                HttpFilter.newBuilder()
                    .setRequestHeaders(
                        HeaderModifier.newBuilder()
                            .addSet(Header.newBuilder().setName("x-a").setValue("1"))
                            .addRemove("x-gone")))
            .addFilters(
                HttpFilter.newBuilder()
                    .setResponseHeaders(
                        HeaderModifier.newBuilder()
                            .addSet(Header.newBuilder().setName("x-answer").setValue("yes"))))
            .addFilters(
                HttpFilter.newBuilder()
                    .setRewrite(
                        Rewrite.newBuilder()
                            .setHostname("other.example")
                            .setPath(PathRewrite.newBuilder().setPrefix("/new"))));
    try (TestServer server =
            TestServer.http1(
                (self, request) ->
                    request.reply(
                        200,
                        request.head().target()
                            + " "
                            + request.head().authority()
                            + " "
                            + request.head().get("x-a")
                            + request.head().get("x-b")
                            + request.head().get("x-gone")));
        TestProxy proxy = new TestProxy(mesh(server).route("r", "web", rule))) {
      assertThat(ask(proxy, "GET /old/x?q HTTP/1.1\r\nHost: web\r\nX-A: 0\r\nX-Gone: 1\r\n\r\n"))
          .contains("x-answer: yes")
          .endsWith("/new/x?q other.example 12null");
      assertThat(ask(proxy, GET)).startsWith("HTTP/1.1 404").contains("NO_ROUTE");
    }
  }

  @Test
  void redirects() throws Exception {
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addFilters(
                HttpFilter.newBuilder()
                    .setRedirect(Redirect.newBuilder().setHostname("new.example").setStatus(302)));
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, ""));
        TestProxy proxy = new TestProxy(mesh(server).route("r", "web", rule))) {
      assertThat(ask(proxy, GET))
          .startsWith("HTTP/1.1 302")
          .contains("location: http://new.example/a");
      assertThat(server.requests.get()).isZero();
    }
  }

  @Test
  void answers500ForAnInvalidBackend() throws Exception {
    HttpRule.Builder rule =
        Meshes.everything(Backend.newBuilder().setWeight(1).setInvalid("no such service"));
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, ""));
        TestProxy proxy = new TestProxy(mesh(server).route("r", "web", rule))) {
      assertThat(ask(proxy, GET)).startsWith("HTTP/1.1 500").contains("INVALID_BACKEND");
    }
  }

  @Test
  void mirrorsWithoutWaiting() throws Exception {
    List<String> mirrored = new CopyOnWriteArrayList<>();
    HttpRule.Builder rule =
        Meshes.everything(Meshes.backend("web", 80))
            .addFilters(
                HttpFilter.newBuilder()
                    .setMirror(
                        Mirror.newBuilder()
                            .setBackend(Meshes.backend("copy", 80))
                            .setNumerator(1)
                            .setDenominator(1)));
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "real"));
        TestServer copy =
            TestServer.http1(
                (self, request) -> mirrored.add(request.head().target() + request.text()));
        TestProxy proxy =
            new TestProxy(
                mesh(server)
                    .service("copy", "10.96.0.3", 80, AppProtocol.APP_PROTOCOL_HTTP, copy.address())
                    .route("r", "web", rule))) {
      assertThat(ask(proxy, "POST /m HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\n\r\nabc"))
          .endsWith("real");
      await().until(() -> mirrored.equals(List.of("/mabc")));
    }
  }

  private static HttpFilter.Builder mirrorTo(String service) {
    return HttpFilter.newBuilder()
        .setMirror(
            Mirror.newBuilder()
                .setBackend(Meshes.backend(service, 80))
                .setNumerator(1)
                .setDenominator(1));
  }

  @Test
  void mirrorsOfTheRuleAndOfTheBackendGetWholeBodies() throws Exception {
    List<String> mirrored = new CopyOnWriteArrayList<>();
    HttpRule.Builder rule =
        Meshes.everything(Meshes.backend("web", 80).addFilters(mirrorTo("copy")))
            .addFilters(mirrorTo("copy"))
            .addFilters(mirrorTo("copy"));
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "real"));
        TestServer copy = TestServer.http1((self, request) -> mirrored.add(request.text()));
        TestProxy proxy =
            new TestProxy(
                mesh(server)
                    .service("copy", "10.96.0.3", 80, AppProtocol.APP_PROTOCOL_HTTP, copy.address())
                    .route("r", "web", rule));
        RawClient client = proxy.client()) {
      client.send("POST /m HTTP/1.1\r\nHost: web\r\nContent-Length: 6\r\n\r\nabc");
      await().until(() -> copy.requests.get() == 3);
      assertThat(client.send("def").answer()).endsWith("real");
      await().until(() -> mirrored.equals(List.of("abcdef", "abcdef", "abcdef")));
    }
  }

  // ---- retries and timeouts

  @Test
  void whatExceedsABudgetThatSomebodySetIsAnswered503() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(500, "broken"));
        TestProxy proxy =
            new TestProxy(
                mesh(server)
                    .route("r", "web", retrying(5, 500))
                    .put(
                        "traffic/default/web",
                        Resource.newBuilder()
                            .setTraffic(
                                TrafficSettings.newBuilder()
                                    .setServiceNamespace("default")
                                    .setServiceName("web")
                                    .setRetryBudgetIntervalMs(10_000)
                                    .setMinRetries(2)
                                    .setMinRetriesIntervalMs(3_600_000))));
        RawClient client = proxy.client()) {
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 503").contains("RETRY_BUDGET");
      assertThat(server.requests.get()).isEqualTo(3);
      assertThat(client.send(GET).answer()).contains("RETRY_BUDGET");
      assertThat(server.requests.get()).isEqualTo(4);
    }
  }

  private static HttpRule.Builder retrying(int attempts, int... codes) {
    Retry.Builder retry = Retry.newBuilder().setAttempts(attempts);
    for (int code : codes) {
      retry.addCodes(code);
    }
    return Meshes.everything(Meshes.backend("web", 80)).setRetry(retry);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "some body"})
  void retriesWhatTheRouteNames(String body) throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (TestServer server =
            TestServer.http1(
                (self, request) -> {
                  if (count.incrementAndGet() < 3) {
                    request.reply(503, "not yet");
                  } else {
                    request.reply(200, "finally " + request.text());
                  }
                });
        TestProxy proxy = new TestProxy(mesh(server).route("r", "web", retrying(3, 503)))) {
      assertThat(
              ask(
                  proxy,
                  "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body))
          .startsWith("HTTP/1.1 200")
          .endsWith("finally " + body);
      assertThat(count.get()).isEqualTo(3);
      await().until(() -> proxy.seen.size() == 1);
      assertThat(proxy.seen.getFirst().end().attempts()).isEqualTo(3);
    }
  }

  @Test
  void givesUpAfterTheLastAttempt() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(503, "never"));
        TestProxy proxy = new TestProxy(mesh(server).route("r", "web", retrying(2, 503)))) {
      assertThat(ask(proxy, GET)).startsWith("HTTP/1.1 503").endsWith("never");
      assertThat(server.requests.get()).isEqualTo(3);
    }
  }

  @Test
  void doesNotKeepLongBodiesForARetry() throws Exception {
    String body = "x".repeat(200_000);
    try (TestServer server =
            TestServer.http1((self, request) -> request.reply(503, "" + request.text().length()));
        TestProxy proxy = new TestProxy(mesh(server).route("r", "web", retrying(3, 503)))) {
      assertThat(
              ask(
                  proxy,
                  "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body))
          .startsWith("HTTP/1.1 503")
          .endsWith("200000");
      assertThat(server.requests.get()).isEqualTo(1);
    }
  }

  @Test
  void triesAnotherEndpointWhenOneIsGone() throws Exception {
    InetSocketAddress gone;
    try (ServerSocket closed = new ServerSocket(0, 1, Meshes.at("127.0.0.1", 0).getAddress())) {
      gone = (InetSocketAddress) closed.getLocalSocketAddress();
    }
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "here"));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        AppProtocol.APP_PROTOCOL_HTTP,
                        gone,
                        server.address()))) {
      for (int i = 0; i < 20; i++) {
        assertThat(ask(proxy, "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi"))
            .endsWith("here");
      }
      server.stop();
      assertThat(ask(proxy, GET)).startsWith("HTTP/1.1 503").contains("CONNECT_FAILED");
    }
  }

  @Test
  void survivesAServerThatClosesIdleConnections() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "fresh"));
        TestProxy proxy = new TestProxy(mesh(server));
        RawClient client = proxy.client()) {
      for (int i = 0; i < 10; i++) {
        assertThat(client.send(GET).answer()).endsWith("fresh");
        server.closeConnections();
      }
    }
  }

  @Test
  void timesOut() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> {});
        TestProxy proxy =
            new TestProxy(
                mesh(server)
                    .route(
                        "r",
                        "web",
                        Meshes.everything(Meshes.backend("web", 80)).setRequestTimeoutMs(100)))) {
      assertThat(ask(proxy, GET)).startsWith("HTTP/1.1 504").contains("REQUEST_TIMEOUT");
      proxy.proxy.apply(
          mesh(server)
              .route(
                  "r",
                  "web",
                  Meshes.everything(Meshes.backend("web", 80)).setBackendRequestTimeoutMs(100))
              .tables());
      assertThat(ask(proxy, GET)).startsWith("HTTP/1.1 504").contains("BACKEND_TIMEOUT");
      // The server's connections were given up, not reused.
      await().until(() -> server.open.stream().noneMatch(io.netty.channel.Channel::isActive));
    }
  }

  @Test
  void passesWebSocketsOn() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, Meshes.at("127.0.0.1", 0).getAddress());
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        AppProtocol.APP_PROTOCOL_WEBSOCKET,
                        (InetSocketAddress) listening.getLocalSocketAddress()))) {
      Thread server =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (var socket = listening.accept()) {
                      byte[] head = new byte[4096];
                      int length = socket.getInputStream().read(head);
                      String text = new String(head, 0, length, StandardCharsets.ISO_8859_1);
                      String out =
                          text.contains("upgrade: websocket") || text.contains("Upgrade: websocket")
                              ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst"
                              : "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n";
                      socket.getOutputStream().write(out.getBytes(StandardCharsets.ISO_8859_1));
                      byte[] bytes = new byte[5];
                      socket.getInputStream().readNBytes(bytes, 0, 5);
                      socket.getOutputStream().write(bytes);
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      try (RawClient client = proxy.client()) {
        client.send(
            "GET /chat HTTP/1.1\r\nHost: web\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        assertThat(client.head()).startsWith("HTTP/1.1 101").contains("pgrade: websocket");
        assertThat(client.bytes(5)).isEqualTo("first");
        client.send("hello");
        assertThat(client.bytes(5)).isEqualTo("hello");
        assertThat(client.rest()).isEmpty();
      }
      server.join();
      await().until(() -> proxy.seen.size() == 1);
      assertThat(proxy.seen.getFirst().end().status()).isEqualTo(101);
    }
  }

  @Test
  void refusesAFloodingSource() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> {});
        TestProxy proxy =
            new TestProxy(
                mesh(server),
                options -> options.withFairness(new ProxyOptions.Fairness(100, 100, 2, 100)))) {
      try (RawClient first = proxy.client();
          RawClient second = proxy.client();
          RawClient third = proxy.client()) {
        first.send(GET);
        second.send(GET);
        await().until(() -> server.requests.get() == 2);
        assertThat(third.send(GET).answer()).startsWith("HTTP/1.1 503").contains("OVERLOADED");
      }
    }
  }
}
