package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** HTTP/1.1 through the proxy on real sockets. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class Http1ProxyTest {
  private static void echo(TestServer server, TestServer.Request request) {
    request.reply(
        200,
        request.head().method()
            + " "
            + request.head().target()
            + " "
            + request.head().authority()
            + " "
            + request.text()
            + request.trailers());
  }

  private interface Act {
    void on(TestProxy proxy, TestServer server) throws Exception;
  }

  private static void with(BiConsumer<TestServer, TestServer.Request> handler, Act act)
      throws Exception {
    try (TestServer server = TestServer.http1(handler);
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        AppProtocol.APP_PROTOCOL_HTTP,
                        server.address()))) {
      act.on(proxy, server);
    }
  }

  @Test
  void passesARequestAndItsAnswer() throws Exception {
    with(
        Http1ProxyTest::echo,
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            assertThat(client.send("GET /a?b=c HTTP/1.1\r\nHost: web\r\n\r\n").answer())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .endsWith("\r\n\r\nGET /a?b=c web {}");
          }
          await().until(() -> proxy.seen.size() == 1);
          assertThat(proxy.seen.getFirst().end().status()).isEqualTo(200);
          assertThat(proxy.seen.getFirst().end().attempts()).isEqualTo(1);
          assertThat(proxy.seen.getFirst().start().path()).isEqualTo("/a");
          assertThat(proxy.seen.getFirst().start().service()).isEqualTo("default/web:80");
        });
  }

  @Test
  void reusesConnectionsOnBothSides() throws Exception {
    with(
        Http1ProxyTest::echo,
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            for (int i = 0; i < 100; i++) {
              assertThat(client.send("GET /" + i + " HTTP/1.1\r\nHost: web\r\n\r\n").answer())
                  .endsWith("GET /" + i + " web {}");
            }
          }
          assertThat(server.connections.get()).isEqualTo(1);
        });
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    with(
        Http1ProxyTest::echo,
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 50; i++) {
              all.append("POST /" + i + " HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi");
            }
            client.send(all.toString());
            for (int i = 0; i < 50; i++) {
              assertThat(client.answer()).endsWith("POST /" + i + " web hi{}");
            }
          }
        });
  }

  @Test
  void passesChunksAndTrailersBothWays() throws Exception {
    with(
        (server, request) -> {
          ResponseHead head = ResponseHead.of(200);
          request.answer().head(head, false);
          request.answer().data(Unpooled.copiedBuffer("one", StandardCharsets.UTF_8), false);
          request
              .answer()
              .data(
                  Unpooled.copiedBuffer(
                      request.text() + request.trailers(), StandardCharsets.UTF_8),
                  false);
          request.answer().trailers(dev.weft.proxy.http.TestHeads.trailers(Map.of("x-sum", "7")));
        },
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            client.send(
                "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-end: yes\r\n\r\n");
            assertThat(client.answer()).endsWith("oneabcde{x-end=yes}[x-sum: 7]");
          }
        });
  }

  @Test
  void removesHopByHopFields() throws Exception {
    with(
        (server, request) ->
            request.reply(
                200,
                "x-secret="
                    + request.head().get("x-secret")
                    + " keep-alive="
                    + request.head().get("keep-alive")
                    + " te="
                    + request.head().get("te")
                    + " proxy-connection="
                    + request.head().get("proxy-connection")
                    + " x-other="
                    + request.head().get("x-other")),
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            client.send(
                "GET / HTTP/1.1\r\nHost: web\r\nConnection: x-secret, keep-alive\r\nX-Secret: 1\r\n"
                    + "Keep-Alive: 5\r\nTE: gzip\r\nProxy-Connection: x\r\nX-Other: 2\r\n\r\n");
            assertThat(client.answer())
                .endsWith("x-secret=null keep-alive=null te=null proxy-connection=null x-other=2");
          }
        });
  }

  @Test
  void answersWithoutBodiesWhereNoneMayBe() throws Exception {
    with(
        (server, request) -> {
          if (request.head().method().equals("HEAD")) {
            ResponseHead head = ResponseHead.of(200);
            head.set("content-length", "1234");
            request.answer().head(head, true);
          } else {
            request.answer().head(ResponseHead.of(204), true);
          }
        },
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            assertThat(client.send("HEAD / HTTP/1.1\r\nHost: web\r\n\r\n").head())
                .contains("content-length: 1234");
            assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").head())
                .startsWith("HTTP/1.1 204")
                .doesNotContain("content-length")
                .doesNotContain("transfer-encoding");
          }
        });
  }

  @Test
  void passesAMegabyteBothWays() throws Exception {
    String body = "0123456789abcdef".repeat(1 << 16);
    with(
        (server, request) -> request.reply(200, request.text()),
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            Thread writer =
                Thread.ofVirtual()
                    .start(
                        () -> {
                          try {
                            client.send(
                                "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: "
                                    + body.length()
                                    + "\r\n\r\n"
                                    + body);
                          } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                          }
                        });
            assertThat(client.answer()).endsWith(body);
            writer.join();
          }
        });
  }

  @Test
  void speaksHttp10() throws Exception {
    with(
        (server, request) -> {
          request.answer().head(ResponseHead.of(200), false);
          request.answer().data(Unpooled.copiedBuffer("old", StandardCharsets.UTF_8), true);
        },
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            String answer = client.send("GET / HTTP/1.0\r\nHost: web\r\n\r\n").rest();
            assertThat(answer).endsWith("\r\n\r\nold").contains("connection: close");
            assertThat(answer).doesNotContain("chunked");
          }
        });
  }

  @Test
  void closesWhenTheClientAsksTo() throws Exception {
    with(
        Http1ProxyTest::echo,
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            assertThat(
                    client.send("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n").rest())
                .contains("connection: close")
                .endsWith("GET / web {}");
          }
        });
  }

  @Test
  void passes100Continue() throws Exception {
    with(
        Http1ProxyTest::echo,
        (proxy, server) -> {
          try (RawClient client = proxy.client()) {
            client.send(
                "POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            await().until(() -> server.requests.get() == 1);
            client.send("hi");
            assertThat(client.answer()).endsWith("POST / web hi{}");
          }
        });
  }

  @Test
  void saysWhyThereIsNoAnswer() throws Exception {
    try (TestProxy proxy =
        new TestProxy(
            new Meshes().service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP))) {
      try (RawClient client = proxy.client()) {
        assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").answer())
            .startsWith("HTTP/1.1 503")
            .contains("x-weft-reason: NO_ENDPOINT");
      }
      proxy.proxy.apply(new Meshes().tables());
      assertThat(proxy.refuses()).isTrue();
    }
  }
}
