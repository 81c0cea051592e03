package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.extauth.AttributeContext;
import dev.weft.api.extauth.BoolValue;
import dev.weft.api.extauth.CheckRequest;
import dev.weft.api.extauth.CheckResponse;
import dev.weft.api.extauth.DeniedHttpResponse;
import dev.weft.api.extauth.HeaderValue;
import dev.weft.api.extauth.HeaderValueOption;
import dev.weft.api.extauth.HttpStatus;
import dev.weft.api.extauth.OkHttpResponse;
import dev.weft.api.extauth.Status;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.ExternalAuth;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Mirror;
import dev.weft.api.v1.Rewrite;
import dev.weft.proxy.auth.AuthCall;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody is asked before a request goes on (GEP-1494), on real sockets. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class ExternalAuthTest {
  private static final String GET = "GET /a HTTP/1.1\r\nHost: web\r\n\r\n";
  private static final CheckResponse YES =
      CheckResponse.newBuilder()
          .setStatus(Status.newBuilder())
          .setOkResponse(OkHttpResponse.newBuilder())
          .build();

  private static ExternalAuth.Builder grpc() {
    return ExternalAuth.newBuilder()
        .setBackend(Meshes.backend("auth", 9000))
        .setGrpc(ExternalAuth.Grpc.newBuilder());
  }

  private static ExternalAuth.Builder http(ExternalAuth.Http.Builder how) {
    return ExternalAuth.newBuilder().setBackend(Meshes.backend("auth", 9000)).setHttp(how);
  }

  private static HttpRule.Builder rule(ExternalAuth.Builder auth) {
    return Meshes.everything(Meshes.backend("web", 80))
        .addFilters(HttpFilter.newBuilder().setExternalAuth(auth));
  }

  /** The head that reached the server, so that tests can see what was changed in it. */
  private static TestServer echo(List<String> seen) {
    return TestServer.http1(
        (self, request) -> {
          StringBuilder text = new StringBuilder(request.head().method());
          text.append(' ').append(request.head().target()).append('\n');
          for (String name : request.head().names()) {
            text.append(name).append('=').append(request.head().all(name)).append('\n');
          }
          seen.add(text.append(request.text()).toString());
          request.reply(200, "served");
        });
  }

  private record World(TestServer server, TestProxy proxy, List<String> served)
      implements AutoCloseable {
    static World of(InetSocketAddress auth, HttpRule.Builder rule) throws Exception {
      List<String> served = new CopyOnWriteArrayList<>();
      TestServer server = echo(served);
      Meshes mesh =
          new Meshes()
              .service(
                  "web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_WEBSOCKET, server.address())
              .service("auth", "10.96.0.9", 9000, AppProtocol.APP_PROTOCOL_UNSPECIFIED, auth)
              .route("r", "web", rule);
      TestProxy proxy =
          new TestProxy(
              mesh,
              options -> {
                ProxyOptions.Upstream usual = options.upstream();
                return options.withUpstream(
                    new ProxyOptions.Upstream(
                        false,
                        false,
                        Duration.ofSeconds(1),
                        usual.idleTimeout(),
                        usual.maxConnections(),
                        usual.maxWaiting(),
                        Duration.ofMillis(700)));
              });
      return new World(server, proxy, served);
    }

    String ask(String request) throws Exception {
      try (RawClient client = proxy.client()) {
        return client.send(request).answer();
      }
    }

    @Override
    public void close() {
      proxy.close();
      server.close();
    }
  }

  private static HeaderValueOption.Builder field(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value));
  }

  private static CheckResponse ok(OkHttpResponse.Builder ok) {
    return CheckResponse.newBuilder().setStatus(Status.newBuilder()).setOkResponse(ok).build();
  }

  private static CheckResponse denied(DeniedHttpResponse.Builder denied) {
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder().setCode(7))
        .setDeniedResponse(denied)
        .build();
  }

  // ---- gRPC

  @Test
  void grpcLearnsOfTheRequestAndChangesIt() throws Exception {
    CheckResponse answer =
        ok(
            OkHttpResponse.newBuilder()
                .addHeaders(field("X-User", "ann"))
                .addHeaders(field("x-more", "b").setAppend(BoolValue.newBuilder().setValue(true)))
                .addHeaders(
                    field("x-there", "no")
                        .setAppendAction(HeaderValueOption.AppendAction.ADD_IF_ABSENT))
                .addHeaders(field("host", "evil.example"))
                .addHeaders(field(":path", "/evil"))
                .addHeaders(field("content-length", "5"))
                .addHeaders(field("transfer-encoding", "chunked"))
                .addHeadersToRemove("x-secret")
                .addHeadersToRemove("host")
                .addResponseHeadersToAdd(field("set-cookie", "s=1")));
    HttpRule.Builder rule =
        rule(grpc())
            .addFilters(HttpFilter.newBuilder().setRewrite(Rewrite.newBuilder().setHostname("in")));
    try (CheckServer auth = CheckServer.answering(_ -> answer);
        World world = World.of(auth.address(), rule)) {
      assertThat(
              world.ask(
                  "GET /a/../b?q=1 HTTP/1.1\r\nHost: web\r\nX-User: forged\r\nX-More: a\r\n"
                      + "X-There: yes\r\nX-Secret: s\r\nX-Request-Id: id-1\r\n\r\n"))
          .startsWith("HTTP/1.1 200")
          .contains("set-cookie: s=1")
          .endsWith("served");

      assertThat(world.served).singleElement().asString().startsWith("GET /b?q=1\n");
      assertThat(world.served.getFirst())
          .contains("x-user=[ann]", "x-more=[a,b]", "x-there=[yes]", "host=[in]")
          .doesNotContain("x-secret", "content-length", "transfer-encoding", "evil");
      AttributeContext about = auth.asked.getFirst().getAttributes();
      AttributeContext.HttpRequest http = about.getRequest().getHttp();
      assertThat(http.getMethod() + http.getPath() + " " + http.getHost() + " " + http.getScheme())
          .isEqualTo("GET/b?q=1 web http");
      assertThat(http.getId() + " " + http.getProtocol()).isEqualTo("id-1 HTTP/1.1");
      assertThat(http.getHeadersMap())
          .containsEntry("x-user", "forged")
          .containsEntry("x-secret", "s")
          .containsEntry(":path", "/b?q=1")
          .containsEntry(":authority", "web")
          .doesNotContainKey("host");
      assertThat(about.getSource().getAddress().getSocketAddress().getAddress())
          .isEqualTo("127.0.0.1");
      assertThat(about.getDestination().getAddress().getSocketAddress().getPortValue())
          .isEqualTo(80);
      assertThat(about.getDestination().getService()).isEqualTo("default/web:80");
    }
  }

  @Test
  void grpcGetsTheHeadersThatAreAllowed() throws Exception {
    ExternalAuth.Builder filter =
        grpc().setGrpc(ExternalAuth.Grpc.newBuilder().addHeaders("x-a").addHeaders("cookie"));
    try (CheckServer auth = CheckServer.answering(_ -> YES);
        World world = World.of(auth.address(), rule(filter))) {
      world.ask("GET / HTTP/1.1\r\nHost: web\r\nX-A: 1\r\nX-A: 2\r\nX-B: 3\r\nCookie: c=d\r\n\r\n");

      assertThat(auth.asked.getFirst().getAttributes().getRequest().getHttp().getHeadersMap())
          .containsOnly(java.util.Map.entry("x-a", "1,2"), java.util.Map.entry("cookie", "c=d"));
    }
  }

  @Test
  void denialsGoToTheClientAndTheConnectionGoesOn() throws Exception {
    Function<CheckRequest, CheckResponse> judge =
        request ->
            request.getAttributes().getRequest().getHttp().getPath().equals("/no")
                ? denied(
                    DeniedHttpResponse.newBuilder()
                        .setStatus(HttpStatus.newBuilder().setCode(401))
                        .addHeaders(field("WWW-Authenticate", "Bearer"))
                        .addHeaders(field("content-length", "1000"))
                        .addHeaders(field("connection", "close"))
                        .setBody("who are you?"))
                : YES;
    try (CheckServer auth = CheckServer.answering(judge);
        World world = World.of(auth.address(), rule(grpc()));
        RawClient client = world.proxy.client()) {
      String no = "POST /no HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\n\r\nabc";
      for (int i = 0; i < 3; i++) {
        assertThat(client.send(no).answer())
            .startsWith("HTTP/1.1 401")
            .contains(
                "www-authenticate: Bearer", "content-length: 12", "x-weft-reason: AUTH_DENIED")
            .doesNotContain("close")
            .endsWith("who are you?");
        assertThat(client.send(GET).answer()).endsWith("served");
      }
      assertThat(world.served).hasSize(3);
    }
  }

  @Test
  void http2AndGrpcClientsAreToldInTheirOwnWay() throws Exception {
    CheckResponse no =
        denied(
            DeniedHttpResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCode(401))
                .addHeaders(field("x-why", "token"))
                .setBody("who?"));
    try (CheckServer auth = CheckServer.answering(_ -> no);
        World world = World.of(auth.address(), rule(grpc()));
        TestClient client = new TestClient(world.proxy.address())) {
      TestClient.Response plain = client.get("/x").get(10, TimeUnit.SECONDS);
      assertThat(plain.status() + plain.text() + plain.headers().get("x-why"))
          .isEqualTo("401who?token");
      TestClient.Response grpc =
          client
              .send("POST", "/s/M", new byte[5], null, "content-type", "application/grpc")
              .get(10, TimeUnit.SECONDS);
      assertThat(grpc.status()).isEqualTo(200);
      assertThat(grpc.headers()).containsEntry("grpc-status", "16").containsEntry("x-why", "token");
      assertThat(world.served).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"empty", "both", "badName", "badValue", "badStatus", "unknownAction", "noWord"})
  void hostileAnswersAreNoYes(String kind) throws Exception {
    CheckResponse answer =
        switch (kind) {
          case "empty" -> CheckResponse.getDefaultInstance();
          case "both" ->
              CheckResponse.newBuilder()
                  .setStatus(Status.newBuilder())
                  .setDeniedResponse(DeniedHttpResponse.newBuilder())
                  .build();
          case "badName" -> ok(OkHttpResponse.newBuilder().addHeaders(field("a b: c", "d")));
          case "badValue" ->
              ok(OkHttpResponse.newBuilder().addHeaders(field("a", "b\r\n\r\nGET /x HTTP/1.1")));
          case "badStatus" ->
              denied(
                  DeniedHttpResponse.newBuilder().setStatus(HttpStatus.newBuilder().setCode(101)));
          case "unknownAction" ->
              ok(OkHttpResponse.newBuilder().addHeaders(field("a", "b").setAppendActionValue(9)));
          default -> CheckResponse.newBuilder().setStatus(Status.newBuilder()).build();
        };
    try (CheckServer auth = CheckServer.answering(_ -> answer);
        World world = World.of(auth.address(), rule(grpc()))) {
      String reply = world.ask(GET);
      if (kind.equals("noWord")) {
        assertThat(reply).startsWith("HTTP/1.1 200"); // status OK alone is a yes
      } else {
        assertThat(reply).startsWith("HTTP/1.1 403").contains("AUTH_MALFORMED");
        assertThat(world.served).isEmpty();
      }
    }
  }

  // ---- HTTP

  @Test
  void httpAsksByTheRequestItself() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    try (TestServer auth = echo(asked);
        World world =
            World.of(
                auth.address(),
                rule(
                    http(
                        ExternalAuth.Http.newBuilder()
                            .setPathPrefix("/check")
                            .addRequestHeaders("x-a"))))) {
      assertThat(
              world.ask(
                  "PUT /p?q HTTP/1.1\r\nHost: web:80\r\nX-A: 1\r\nX-B: 2\r\nCookie: c\r\n"
                      + "Authorization: Bearer t\r\nContent-Length: 3\r\n\r\nabc"))
          .endsWith("served");

      assertThat(asked)
          .containsExactly(
              "PUT /check/p?q\nhost=[web:80]\nx-a=[1]\nauthorization=[Bearer t]\n"
                  + "content-length=[0]\n");
      assertThat(world.served.getFirst()).startsWith("PUT /p?q\n").endsWith("abc");
    }
  }

  private static TestServer answering(int status, String text, String... fields) {
    return TestServer.http1(
        (self, request) -> {
          ResponseHead head = ResponseHead.of(status);
          for (int i = 0; i < fields.length; i += 2) {
            head.add(fields[i], fields[i + 1]);
          }
          head.set("content-length", Integer.toString(text.length()));
          request.answer().head(head, text.isEmpty());
          if (!text.isEmpty()) {
            request.answer().data(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1), true);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void headersOfAnHttpAnswerAreCopied(boolean listed) throws Exception {
    ExternalAuth.Http.Builder how = ExternalAuth.Http.newBuilder();
    if (listed) {
      how.addResponseHeaders("x-user");
    }
    try (TestServer auth =
            answering(
                200,
                "body",
                "X-User",
                "ann",
                "x-group",
                "a",
                "x-group",
                "b",
                "host",
                "evil",
                "content-type",
                "text/auth");
        World world = World.of(auth.address(), rule(http(how)))) {
      world.ask(
          "POST / HTTP/1.1\r\nHost: web\r\nX-User: forged\r\nContent-Type: text/mine\r\n"
              + "Content-Length: 2\r\n\r\nhi");

      assertThat(world.served.getFirst())
          .contains("x-user=[ann]", "host=[web]", "content-type=[text/mine]", "content-length=[2]")
          .endsWith("hi");
      assertThat(world.served.getFirst().contains("x-group=[a,b]")).isEqualTo(!listed);
    }
  }

  @Test
  void otherHttpStatusesAreTheClientsAnswer() throws Exception {
    try (TestServer auth =
            answering(302, "go", "location", "https://login.example", "set-cookie", "n=1");
        World world = World.of(auth.address(), rule(http(ExternalAuth.Http.newBuilder())))) {
      assertThat(world.ask(GET))
          .startsWith("HTTP/1.1 302")
          .contains("location: https://login.example", "set-cookie: n=1")
          .endsWith("go");
      assertThat(world.served).isEmpty();
    }
    try (TestServer auth = answering(204, "");
        World world = World.of(auth.address(), rule(http(ExternalAuth.Http.newBuilder())))) {
      assertThat(world.ask(GET)).startsWith("HTTP/1.1 403").contains("AUTH_DENIED");
      assertThat(world.served).isEmpty();
    }
  }

  // ---- no answer

  @Test
  void whoCannotBeAskedHasRefused() throws Exception {
    InetSocketAddress gone;
    try (ServerSocket closed = new ServerSocket(0, 1, Meshes.at("127.0.0.1", 0).getAddress())) {
      gone = (InetSocketAddress) closed.getLocalSocketAddress();
    }
    try (World world = World.of(gone, rule(grpc()))) {
      assertThat(world.ask(GET)).startsWith("HTTP/1.1 403").contains("AUTH_UNAVAILABLE");
      assertThat(world.served).isEmpty();
      await().until(() -> world.proxy.seen.size() == 1);
      assertThat(world.proxy.seen.getFirst().end().reason()).isEqualTo("AUTH_UNAVAILABLE");
    }
    ExternalAuth.Builder invalid =
        grpc().setBackend(Backend.newBuilder().setInvalid("BackendNotFound"));
    try (World world = World.of(gone, rule(invalid))) {
      assertThat(world.ask(GET)).startsWith("HTTP/1.1 500").contains("INVALID_BACKEND");
      assertThat(world.served).isEmpty();
    }
  }

  @Test
  void whoIsTooSlowHasRefused() throws Exception {
    try (CheckServer auth = CheckServer.silent();
        World world = World.of(auth.address(), rule(grpc()));
        RawClient client = world.proxy.client()) {
      assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 403").contains("AUTH_UNAVAILABLE");
      assertThat(client.send(GET).answer()).contains("AUTH_UNAVAILABLE");
      assertThat(world.served).isEmpty();
    }
    try (CheckServer auth = CheckServer.silent();
        World world = World.of(auth.address(), rule(grpc()).setRequestTimeoutMs(100))) {
      assertThat(world.ask(GET)).startsWith("HTTP/1.1 504").contains("REQUEST_TIMEOUT");
    }
  }

  private static void refuses(
      ExternalAuth.Builder filter,
      boolean http2,
      String reason,
      BiConsumer<TestServer, TestServer.Request> bad)
      throws Exception {
    try (TestServer auth = http2 ? TestServer.http2(bad) : TestServer.http1(bad);
        World world = World.of(auth.address(), rule(filter))) {
      assertThat(world.ask(GET)).startsWith("HTTP/1.1 403").contains(reason);
      assertThat(world.served).isEmpty();
    }
  }

  @Test
  void answersThatAreNoneRefuse() throws Exception {
    ExternalAuth.Builder http = http(ExternalAuth.Http.newBuilder());
    refuses(grpc(), true, "AUTH_MALFORMED", (self, request) -> request.reply(200, "yes"));
    refuses(grpc(), false, "AUTH_UNAVAILABLE", (self, request) -> request.reply(200, "yes"));
    refuses(
        grpc(),
        true,
        "AUTH_UNAVAILABLE",
        (self, request) -> {
          ResponseHead head = ResponseHead.of(200);
          head.set("content-type", "application/grpc");
          head.set("grpc-status", "14");
          request.answer().head(head, true);
        });
    refuses(
        http,
        false,
        "AUTH_MALFORMED",
        (self, request) -> request.reply(200, "x".repeat(AuthCall.MAX_ANSWER + 1)));
    refuses(http, false, "AUTH_UNAVAILABLE", (self, request) -> self.closeConnections());
  }

  @Test
  void aClientThatLeavesTakesItsQuestionAlong() throws Exception {
    try (CheckServer auth = CheckServer.silent();
        World world = World.of(auth.address(), rule(grpc()))) {
      try (RawClient client = world.proxy.client()) {
        client.send(GET);
        await().until(() -> auth.asked.size() == 1);
      }
      await().until(() -> world.proxy.seen.size() == 1);
      assertThat(world.proxy.seen.getFirst().end().reason()).isEqualTo("CLIENT_CANCELLED");
      assertThat(world.served).isEmpty();
    }
  }

  // ---- bodies

  @Test
  void bodiesAreSentAlongAndThenServed() throws Exception {
    HttpRule.Builder rule =
        rule(grpc().setMaxBody(1 << 20))
            .addFilters(HttpFilter.newBuilder().setExternalAuth(grpc()))
            .addFilters(
                HttpFilter.newBuilder()
                    .setMirror(
                        Mirror.newBuilder()
                            .setBackend(Meshes.backend("web", 80))
                            .setNumerator(1)
                            .setDenominator(1)));
    try (CheckServer auth = CheckServer.answering(_ -> YES);
        World world = World.of(auth.address(), rule)) {
      try (RawClient client = world.proxy.client()) {
        client.send(
            "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        assertThat(client.head()).startsWith("HTTP/1.1 100");
        assertThat(client.send("abcd").answer()).endsWith("served");
      }
      await().until(() -> world.served.size() == 2);
      assertThat(world.served).allMatch(each -> each.endsWith("abcd") && !each.contains("expect"));
      assertThat(auth.asked)
          .extracting(each -> each.getAttributes().getRequest().getHttp().getBody())
          .containsExactly("abcd", "");
    }
  }

  @Test
  void bodiesLongerThanAnyWindowAreHeldWhole() throws Exception {
    String body = "y".repeat(600_000);
    try (CheckServer auth = CheckServer.answering(_ -> YES);
        World world = World.of(auth.address(), rule(grpc().setMaxBody(1 << 20)));
        TestClient client = new TestClient(world.proxy.address())) {
      TestClient.Response answer =
          client
              .send("POST", "/", body.getBytes(StandardCharsets.ISO_8859_1), null)
              .get(10, TimeUnit.SECONDS);

      assertThat(answer.text()).isEqualTo("served");
      assertThat(world.served.getFirst()).endsWith(body);
      AttributeContext.HttpRequest http =
          auth.asked.getFirst().getAttributes().getRequest().getHttp();
      assertThat(http.getBody()).isEqualTo(body);
      assertThat(http.getSize()).isEqualTo(600_000);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 6\r\n\r\nabcdef",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
      })
  void largerBodiesAreRefused(String rest) throws Exception {
    ExternalAuth.Builder filter = http(ExternalAuth.Http.newBuilder()).setMaxBody(5);
    List<String> asked = new CopyOnWriteArrayList<>();
    try (TestServer auth = echo(asked);
        World world = World.of(auth.address(), rule(filter));
        RawClient client = world.proxy.client()) {
      assertThat(client.send("POST / HTTP/1.1\r\nHost: web\r\n" + rest).answer())
          .startsWith("HTTP/1.1 413")
          .contains("BODY_TOO_LARGE");
      assertThat(asked).isEmpty();
      assertThat(
              client
                  .send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nabcde")
                  .answer())
          .endsWith("served");
      assertThat(asked).singleElement().asString().contains("content-length=[5]").endsWith("abcde");
      assertThat(world.served).singleElement().asString().endsWith("abcde");
    }
  }
}
