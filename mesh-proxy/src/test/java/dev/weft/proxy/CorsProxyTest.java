package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Cors;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRule;
import org.junit.jupiter.api.Test;

/** Requests of other origins' scripts, on real sockets. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class CorsProxyTest {
  private static HttpRule.Builder shared(Backend.Builder backend) {
    return Meshes.everything(backend)
        .addFilters(
            HttpFilter.newBuilder()
                .setCors(
                    Cors.newBuilder()
                        .addOrigins("https://a.example")
                        .addMethods("PUT")
                        .setMaxAgeSeconds(5)));
  }

  private static String ask(TestProxy proxy, String method, String fields) throws Exception {
    try (RawClient client = proxy.client()) {
      return client.send(method + " / HTTP/1.1\r\nHost: web\r\n" + fields + "\r\n").answer();
    }
  }

  @Test
  void answersPreflightsAndDecoratesAnswers() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "real"));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address())
                    .route("r", "web", shared(Meshes.backend("web", 80))))) {
      assertThat(
              ask(
                  proxy,
                  "OPTIONS",
                  "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n"))
          .startsWith("HTTP/1.1 204")
          .contains("access-control-allow-origin: https://a.example")
          .contains("access-control-allow-methods: PUT")
          .contains("access-control-max-age: 5");
      assertThat(server.requests.get()).isZero();

      assertThat(ask(proxy, "PUT", "Origin: https://a.example\r\nContent-Length: 0\r\n"))
          .contains("access-control-allow-origin: https://a.example")
          .endsWith("real");
      assertThat(ask(proxy, "PUT", "Origin: https://b.example\r\nContent-Length: 0\r\n"))
          .doesNotContain("access-control-allow-origin")
          .endsWith("real");
      assertThat(server.requests.get()).isEqualTo(2);
    }
  }

  @Test
  void scriptsMayReadTheProxysOwnAnswersToo() throws Exception {
    try (TestProxy proxy =
        new TestProxy(
            new Meshes()
                .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP)
                .route("r", "web", shared(Meshes.backend("web", 80))))) {
      assertThat(ask(proxy, "PUT", "Origin: https://a.example\r\nContent-Length: 0\r\n"))
          .startsWith("HTTP/1.1 503")
          .contains("access-control-allow-origin: https://a.example");
    }
  }
}
