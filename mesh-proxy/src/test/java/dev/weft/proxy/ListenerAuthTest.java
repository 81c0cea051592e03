package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.extauth.CheckRequest;
import dev.weft.api.extauth.CheckResponse;
import dev.weft.api.extauth.HeaderValue;
import dev.weft.api.extauth.HeaderValueOption;
import dev.weft.api.extauth.OkHttpResponse;
import dev.weft.api.extauth.Status;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.ExternalAuth;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.NamedMatch;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.StringMatch;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A listener's filters come before its routes (GEP-5224), on real sockets. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class ListenerAuthTest {
  private static final String ADDRESS = "10.9.9.9";
  private static final ExternalAuth ASK =
      ExternalAuth.newBuilder()
          .setBackend(Meshes.backend("auth", 9000))
          .setGrpc(ExternalAuth.Grpc.newBuilder())
          .setMaxBody(100)
          .build();

  private interface Act {
    void on(TestProxy proxy, CheckServer auth, TestServer server) throws Exception;
  }

  /** What "gold" users ask for goes to one rule that asks once more, all else to a 404. */
  private static void with(Function<CheckRequest, CheckResponse> judge, Act act) throws Exception {
    HttpRule.Builder rule =
        Meshes.everything(Meshes.backend("web", 80))
            .addFilters(HttpFilter.newBuilder().setExternalAuth(ASK))
            .addMatches(
                HttpMatch.newBuilder()
                    .addHeaders(
                        NamedMatch.newBuilder()
                            .setName("x-tier")
                            .setValue(StringMatch.newBuilder().setExact("gold"))));
    Gateway.Builder gateway =
        Gateway.newBuilder()
            .setNamespace("default")
            .setName("edge")
            .addAddresses(Meshes.bytes(ADDRESS))
            .addListeners(
                Gateway.Listener.newBuilder()
                    .setName("http")
                    .setProtocol(Gateway.Protocol.PROTOCOL_HTTP)
                    .setPort(80)
                    .addAuths(ASK));
    HttpRoute.Builder route =
        HttpRoute.newBuilder()
            .setNamespace("default")
            .setName("r")
            .addAttachments(
                Attachment.newBuilder()
                    .setListener(
                        Attachment.GatewayListener.newBuilder()
                            .setNamespace("default")
                            .setGateway("edge")
                            .setListener("http")))
            .addRules(rule);
    try (CheckServer auth = CheckServer.answering(judge);
        TestServer server =
            TestServer.http1(
                (self, request) ->
                    request.reply(200, request.head().authority() + " " + request.text()));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web", "10.96.0.1", 80, AppProtocol.APP_PROTOCOL_HTTP, server.address())
                    .service(
                        "auth", "10.96.0.9", 9000, AppProtocol.APP_PROTOCOL_HTTP2, auth.address())
                    .put("gateway/default/edge", Resource.newBuilder().setGateway(gateway))
                    .put("httproute/default/r", Resource.newBuilder().setHttpRoute(route)),
                ProxyOptions.plain(
                        "here",
                        List.of(
                            ProxyOptions.Listen.plain(
                                ProxyOptions.Kind.OUTBOUND,
                                Meshes.at("127.0.0.1", 0),
                                Meshes.at(ADDRESS, 80))))
                    .withLoops(1),
                id -> null)) {
      act.on(proxy, auth, server);
    }
  }

  private static CheckResponse tier(String tier) {
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder())
        .setOkResponse(
            OkHttpResponse.newBuilder()
                .addHeaders(field("x-tier", tier))
                .addHeaders(field("host", "evil.example"))
                .addResponseHeadersToAdd(field("x-judged", tier)))
        .build();
  }

  private static HeaderValueOption.Builder field(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value));
  }

  @Test
  void routesSeeWhatTheAnswerWroteAndTheHostStays() throws Exception {
    with(
        request -> tier("gold"),
        (proxy, auth, server) -> {
          try (RawClient client = proxy.client()) {
            for (int i = 0; i < 2; i++) {
              assertThat(
                      client
                          .send("POST /a HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\n\r\nabc")
                          .answer())
                  .startsWith("HTTP/1.1 200")
                  .contains("x-judged: gold,gold")
                  .endsWith("web abc");
            }
          }
          assertThat(auth.asked)
              .as("by the listener and by the rule, each with the body")
              .hasSize(4)
              .allMatch(
                  each -> each.getAttributes().getRequest().getHttp().getBody().equals("abc"));
          assertThat(
                  auth.asked
                      .getFirst()
                      .getAttributes()
                      .getRequest()
                      .getHttp()
                      .containsHeaders("x-tier"))
              .isFalse();
          await().until(() -> proxy.seen.size() == 2);
          assertThat(proxy.seen.getFirst().start().route()).isEqualTo("httproute/default/r/0");
        });
  }

  @Test
  void aRefusalComesBeforeAnyRoute() throws Exception {
    with(
        request ->
            request.getAttributes().getRequest().getHttp().getPath().equals("/tin")
                ? tier("tin")
                : CheckResponse.newBuilder().setStatus(Status.newBuilder().setCode(16)).build(),
        (proxy, auth, server) -> {
          try (RawClient client = proxy.client()) {
            assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\nX-Tier: gold\r\n\r\n").answer())
                .startsWith("HTTP/1.1 403")
                .contains("AUTH_DENIED");
            assertThat(
                    client.send("GET /tin HTTP/1.1\r\nHost: web\r\nX-Tier: gold\r\n\r\n").answer())
                .as("what the client claims is overwritten")
                .startsWith("HTTP/1.1 404")
                .contains("NO_ROUTE");
          }
          assertThat(auth.asked).hasSize(2);
          assertThat(server.requests.get()).isZero();
          await().until(() -> proxy.seen.size() == 2);
          assertThat(proxy.seen.getFirst().end().reason()).isEqualTo("AUTH_DENIED");
          assertThat(proxy.seen.getFirst().start().route()).isEmpty();
        });
  }
}
