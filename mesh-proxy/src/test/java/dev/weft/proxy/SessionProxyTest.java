package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Retry;
import dev.weft.api.v1.SessionPersistence;
import dev.weft.api.v1.StringMatch;
import dev.weft.api.v1.TrafficSettings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients stay at one endpoint (GEP-1619), on real sockets. */
class SessionProxyTest {
  private static final Pattern COOKIE =
      Pattern.compile("(?i)set-cookie: (where=[A-Za-z0-9._-]+)([^\r]*)\r");
  private static final Pattern HEADER = Pattern.compile("(?i)x-where: ([A-Za-z0-9._-]+)\r");
  private static final int MANY = 24;

  private static SessionPersistence.Builder cookie() {
    return SessionPersistence.newBuilder().setName("where");
  }

  private static SessionPersistence.Builder header() {
    return SessionPersistence.newBuilder().setName("x-where").setByHeader(true);
  }

  private static HttpRule.Builder rule(
      SessionPersistence.Builder session, Backend.Builder... backends) {
    return Meshes.everything(backends).setSession(session);
  }

  /** Two servers behind one Service "web", each also alone behind "a" and "b". */
  private static final class World implements AutoCloseable {
    final ManualWall wall = new ManualWall();
    final List<TestServer> servers = new ArrayList<>();
    final Meshes mesh = new Meshes();
    final TestProxy proxy;

    World(HttpRule.Builder... rules) throws Exception {
      for (String name : List.of("a", "b")) {
        TestServer server =
            TestServer.http1(
                (self, request) ->
                    request.reply(
                        name.equals(request.head().get("x-fail")) ? 503 : 200, "[" + name + "]"));
        servers.add(server);
        mesh.service(
            name,
            name.equals("a") ? "10.96.0.2" : "10.96.0.3",
            80,
            AppProtocol.APP_PROTOCOL_WEBSOCKET,
            server.address());
      }
      serving("a", "b");
      mesh.route("r", "web", rules);
      proxy = new TestProxy(mesh, options -> options.withClocks(options.machine().clock(), wall));
    }

    private World serving(String... names) {
      InetSocketAddress[] endpoints = new InetSocketAddress[names.length];
      for (int i = 0; i < names.length; i++) {
        endpoints[i] = servers.get(names[i].equals("a") ? 0 : 1).address();
      }
      mesh.service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_WEBSOCKET, endpoints);
      return this;
    }

    /** A Service's clients are kept, whatever their rules say. */
    private World keeping(String service, SessionPersistence.Builder session) {
      mesh.put(
          "traffic/default/" + service,
          Resource.newBuilder()
              .setTraffic(
                  TrafficSettings.newBuilder()
                      .setServiceNamespace("default")
                      .setServiceName(service)
                      .setSession(session)));
      return this;
    }

    void apply() {
      proxy.proxy.apply(mesh.tables());
    }

    String ask(String path, String... headers) throws Exception {
      StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: web\r\n");
      for (String header : headers) {
        request.append(header).append("\r\n");
      }
      try (RawClient client = proxy.client()) {
        return client.send(request.append("\r\n").toString()).answer();
      }
    }

    @Override
    public void close() {
      proxy.close();
      servers.forEach(TestServer::close);
    }
  }

  private static String by(String answer) {
    return answer.substring(answer.indexOf('[') + 1, answer.indexOf(']'));
  }

  private static String other(String name) {
    return name.equals("a") ? "b" : "a";
  }

  private static String found(Pattern pattern, String answer) {
    Matcher matcher = pattern.matcher(answer);
    assertThat(matcher.find()).as(answer).isTrue();
    return matcher.group(1);
  }

  @Test
  void aCookieKeepsAClientAtItsEndpoint() throws Exception {
    try (World world = new World(rule(cookie(), Meshes.backend("web", 80)))) {
      String first = world.ask("/");
      String cookie = found(COOKIE, first);
      for (int i = 0; i < MANY; i++) {
        String next = world.ask("/", "Cookie: other=1; " + cookie);
        assertThat(by(next)).isEqualTo(by(first));
        assertThat(next).as("who knows is not told again").doesNotContainIgnoringCase("set-cookie");
      }
    }
  }

  @Test
  void aHeaderKeepsAClientAtItsEndpoint() throws Exception {
    try (World world = new World(rule(header(), Meshes.backend("web", 80)))) {
      String first = world.ask("/");
      String token = found(HEADER, first);
      assertThat(first).doesNotContainIgnoringCase("set-cookie");
      for (int i = 0; i < MANY; i++) {
        assertThat(by(world.ask("/", "X-Where: " + token))).isEqualTo(by(first));
      }
    }
  }

  @Test
  void http2ClientsHaveSessionsToo() throws Exception {
    try (World world = new World(rule(cookie(), Meshes.backend("web", 80)));
        TestClient client = new TestClient(world.proxy.address())) {
      TestClient.Response first = client.get("/").get(10, TimeUnit.SECONDS);
      String cookie = first.headers().getOrDefault("set-cookie", "");
      assertThat(cookie).startsWith("where=");
      for (int i = 0; i < MANY; i++) {
        assertThat(
                client
                    .get("/", "cookie", "a=b", "cookie", cookie.substring(0, cookie.indexOf(';')))
                    .get(10, TimeUnit.SECONDS)
                    .text())
            .isEqualTo(first.text());
      }
    }
  }

  @Test
  void withoutATokenRequestsAreBalanced() throws Exception {
    try (World world = new World(rule(cookie(), Meshes.backend("web", 80)))) {
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < 4 * MANY; i++) {
        seen.add(by(world.ask("/")));
      }
      assertThat(seen).containsExactlyInAnyOrder("a", "b");
    }
  }

  @Test
  void anEndpointThatIsGoneGivesANewSession() throws Exception {
    try (World world = new World(rule(cookie(), Meshes.backend("web", 80)))) {
      String first = world.ask("/");
      String cookie = found(COOKIE, first);
      String left = other(by(first));
      world.serving(left).apply();

      String moved = world.ask("/", "Cookie: " + cookie);
      assertThat(by(moved)).isEqualTo(left);
      world.serving("a", "b").apply();
      String next = found(COOKIE, moved);
      for (int i = 0; i < MANY; i++) {
        assertThat(by(world.ask("/", "Cookie: " + next))).isEqualTo(left);
      }
    }
  }

  @Test
  void aSessionEndsWithItsTime() throws Exception {
    try (World world =
        new World(rule(cookie().setAbsoluteTimeoutSeconds(60), Meshes.backend("web", 80)))) {
      String first = world.ask("/");
      String cookie = found(COOKIE, first);
      assertThat(first).doesNotContain("Max-Age");
      world.wall.advance(Duration.ofSeconds(59));
      assertThat(world.ask("/", "Cookie: " + cookie)).doesNotContainIgnoringCase("set-cookie");
      world.wall.advance(Duration.ofSeconds(1));
      assertThat(found(COOKIE, world.ask("/", "Cookie: " + cookie))).isNotEqualTo(cookie);
    }
  }

  @Test
  void theCookieSaysWhereAndHowLongItHolds() throws Exception {
    try (World world =
        new World(
            rule(
                cookie().setPath("/shop").setPermanent(true).setAbsoluteTimeoutSeconds(60),
                Meshes.backend("web", 80)))) {
      Matcher matcher = COOKIE.matcher(world.ask("/"));

      assertThat(matcher.find()).isTrue();
      assertThat(matcher.group(2)).isEqualTo("; Path=/shop; Max-Age=60; HttpOnly; SameSite=Strict");
    }
  }

  /** Asks until both have answered, and gives back the cookie that says where both were. */
  private static String whereBothWere(World world) throws Exception {
    String cookie = "where=";
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 4 * MANY && seen.size() < 2; i++) {
      String answer = world.ask("/", "Cookie: " + cookie);
      seen.add(by(answer));
      Matcher told = COOKIE.matcher(answer);
      cookie = told.find() ? told.group(1) : cookie;
    }
    assertThat(seen).hasSize(2);
    return cookie;
  }

  @Test
  void weightsGoBeforeSessionsAndEachBackendHasItsOwn() throws Exception {
    try (World world =
        new World(rule(cookie(), Meshes.backend("a", 80), Meshes.backend("b", 80)))) {
      String cookie = whereBothWere(world);
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < 2 * MANY; i++) {
        String answer = world.ask("/", "Cookie: " + cookie);
        assertThat(answer).as("a token for each").doesNotContainIgnoringCase("set-cookie");
        seen.add(by(answer));
      }
      assertThat(seen).containsExactlyInAnyOrder("a", "b");
    }
  }

  @Test
  void whatTheServiceSaysHoldsForRulesThatSayNothing() throws Exception {
    HttpRule.Builder own =
        rule(header(), Meshes.backend("web", 80))
            .addMatches(HttpMatch.newBuilder().setPath(StringMatch.newBuilder().setPrefix("/own")));
    try (World world = new World(own, Meshes.everything(Meshes.backend("web", 80)))) {
      world.keeping("web", cookie()).apply();

      String first = world.ask("/");
      String cookie = found(COOKIE, first);
      for (int i = 0; i < MANY; i++) {
        assertThat(by(world.ask("/", "Cookie: " + cookie))).isEqualTo(by(first));
      }
      assertThat(world.ask("/own")).containsIgnoringCase("x-where").doesNotContain("where=");
    }
  }

  @Test
  void aServiceWithoutRoutesKeepsItsClientsToo() throws Exception {
    try (World world = new World(Meshes.everything(Meshes.backend("a", 80)))) {
      world.mesh.remove("httproute/default/r");
      world.keeping("web", cookie()).apply();

      String first = world.ask("/");
      for (int i = 0; i < MANY; i++) {
        assertThat(by(world.ask("/", "Cookie: " + found(COOKIE, first)))).isEqualTo(by(first));
      }
      world.mesh.remove("traffic/default/web");
      world.apply();
      assertThat(world.ask("/")).doesNotContainIgnoringCase("set-cookie");
    }
  }

  @Test
  void aTokenOfAnotherRuleIsNone() throws Exception {
    HttpRule.Builder one =
        rule(cookie(), Meshes.backend("web", 80))
            .addMatches(HttpMatch.newBuilder().setPath(StringMatch.newBuilder().setPrefix("/one")));
    try (World world = new World(one, rule(cookie(), Meshes.backend("web", 80)))) {
      String cookie = found(COOKIE, world.ask("/one"));

      assertThat(found(COOKIE, world.ask("/two", "Cookie: " + cookie))).isNotEqualTo(cookie);
      assertThat(world.ask("/one", "Cookie: " + cookie)).doesNotContainIgnoringCase("set-cookie");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "where=",
        "where",
        "=;;=;where",
        "where=forged",
        "where=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "where=\"; Path=/\"",
        "where=1; where=2; where=3; where=4; where=5; where=6",
        "big"
      })
  void whatIsForgedIsNoSessionAndNoError(String value) throws Exception {
    String cookie = value.equals("big") ? "where=" + "A".repeat(4000) : value;
    try (World world = new World(rule(cookie(), Meshes.backend("web", 80)))) {
      String answer = world.ask("/", "Cookie: " + cookie);

      assertThat(answer).startsWith("HTTP/1.1 200");
      assertThat(found(COOKIE, answer)).isNotEqualTo(cookie);
    }
  }

  @Test
  void aRetryMayLeaveTheEndpointAndTheSessionGoesWithIt() throws Exception {
    HttpRule.Builder rule =
        rule(cookie(), Meshes.backend("web", 80))
            .setRetry(Retry.newBuilder().setAttempts(1).addCodes(503));
    try (World world = new World(rule)) {
      String first = world.ask("/");
      String cookie = found(COOKIE, first);
      String moved = world.ask("/", "Cookie: " + cookie, "X-Fail: " + by(first));

      assertThat(by(moved)).isEqualTo(other(by(first)));
      assertThat(by(world.ask("/", "Cookie: " + found(COOKIE, moved)))).isEqualTo(by(moved));
    }
  }

  @Test
  void withoutAKeyRequestsAreServedAndBalanced() throws Exception {
    try (World world = new World(rule(cookie(), Meshes.backend("web", 80)))) {
      world.mesh.put(
          "mesh",
          Resource.newBuilder()
              .setMesh(dev.weft.api.v1.MeshSettings.newBuilder().setTrustDomain("cluster.local")));
      world.apply();

      assertThat(world.ask("/")).startsWith("HTTP/1.1 200").doesNotContain("where=");
    }
  }
}
