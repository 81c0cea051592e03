package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.TestHeads;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTP/2 and gRPC through the proxy, and translation to and from HTTP/1.1. */
class Http2ProxyTest {
  private interface Act {
    void on(TestProxy proxy, TestServer server, TestClient client) throws Exception;
  }

  private static void with(
      boolean http2, BiConsumer<TestServer, TestServer.Request> handler, Act act) throws Exception {
    try (TestServer server = http2 ? TestServer.http2(handler) : TestServer.http1(handler);
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        http2 ? AppProtocol.APP_PROTOCOL_HTTP2 : AppProtocol.APP_PROTOCOL_WEBSOCKET,
                        server.address()));
        TestClient client = new TestClient(proxy.address())) {
      act.on(proxy, server, client);
    }
  }

  private static TestClient.Response get(CompletableFuture<TestClient.Response> answer)
      throws Exception {
    return answer.get(10, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void passesRequestsToEitherVersion(boolean http2) throws Exception {
    with(
        http2,
        (server, request) ->
            request.reply(
                200,
                request.head().method()
                    + request.head().target()
                    + request.head().authority()
                    + request.text()),
        (proxy, server, client) -> {
          assertThat(get(client.get("/x?y=z")).text()).isEqualTo("GET/x?y=zweb.default");
          byte[] body = "body".getBytes(StandardCharsets.UTF_8);
          assertThat(get(client.send("POST", "/", body, null)).text())
              .isEqualTo("POST/web.defaultbody");
        });
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void multiplexesManyStreams(boolean http2) throws Exception {
    with(
        http2,
        (server, request) -> request.reply(200, request.head().target()),
        (proxy, server, client) -> {
          List<CompletableFuture<TestClient.Response>> answers = new ArrayList<>();
          for (int i = 0; i < 200; i++) {
            answers.add(client.get("/" + i));
          }
          for (int i = 0; i < 200; i++) {
            assertThat(get(answers.get(i)).text()).isEqualTo("/" + i);
          }
          if (http2) {
            assertThat(server.connections.get()).isEqualTo(1);
          }
        });
  }

  @Test
  void passesGrpcWithTrailers() throws Exception {
    with(
        true,
        (server, request) -> {
          ResponseHead head = ResponseHead.of(200);
          head.set("content-type", "application/grpc");
          request.answer().head(head, false);
          request
              .answer()
              .data(Unpooled.copiedBuffer(request.text(), StandardCharsets.ISO_8859_1), false);
          request
              .answer()
              .trailers(TestHeads.trailers(Map.of("grpc-status", "3", "grpc-message", "no")));
        },
        (proxy, server, client) -> {
          TestClient.Response answer =
              get(
                  client.send(
                      "POST",
                      "/pkg.Service/Method",
                      new byte[] {0, 0, 0, 0, 1, 42},
                      null,
                      "content-type",
                      "application/grpc",
                      "te",
                      "trailers"));
          assertThat(answer.text()).isEqualTo("\0\0\0\0\1*");
          assertThat(answer.trailers())
              .containsEntry("grpc-status", "3")
              .containsEntry("grpc-message", "no");
          org.awaitility.Awaitility.await().until(() -> !proxy.seen.isEmpty());
          assertThat(proxy.seen.getFirst().end().grpcStatus()).isEqualTo(3);
          assertThat(proxy.seen.getFirst().start().protocol()).isEqualTo("grpc");
        });
  }

  @Test
  void passesRequestTrailers() throws Exception {
    with(
        true,
        (server, request) -> request.reply(200, request.text() + request.trailers()),
        (proxy, server, client) ->
            assertThat(get(client.send("POST", "/", new byte[] {'a'}, Map.of("x-t", "1"))).text())
                .isEqualTo("a{x-t=1}"));
  }

  @Test
  void answersGrpcClientsInTheirLanguage() throws Exception {
    try (TestProxy proxy =
            new TestProxy(
                new Meshes().service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP2));
        TestClient client = new TestClient(proxy.address())) {
      TestClient.Response answer =
          get(client.send("POST", "/a.B/C", new byte[5], null, "content-type", "application/grpc"));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers())
          .containsEntry("grpc-status", "14")
          .containsEntry("content-type", "application/grpc")
          .containsEntry("x-weft-reason", "NO_ENDPOINT");
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void passesAMegabyteBothWays(boolean http2) throws Exception {
    String body = "0123456789abcdef".repeat(1 << 16);
    with(
        http2,
        (server, request) -> request.reply(200, request.text()),
        (proxy, server, client) ->
            assertThat(
                    get(client.send("POST", "/", body.getBytes(StandardCharsets.UTF_8), null))
                        .text())
                .isEqualTo(body));
  }

  @Test
  void turnsHttp1IntoHttp2() throws Exception {
    with(
        true,
        (server, request) ->
            request.reply(
                200,
                request.head().method()
                    + request.head().target()
                    + request.head().authority()
                    + request.head().get("x-a")
                    + request.text()),
        (proxy, server, client) -> {
          // A port that says HTTP/2 takes nothing else.
          try (RawClient raw = proxy.client()) {
            raw.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
            assertThat(raw.rest()).doesNotContain("HTTP/1.1 200");
          }
        });
  }
}
