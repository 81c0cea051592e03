package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.MtlsMode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The socket options that need root: the kernel takes them, and servers see the client's address.
 */
@Tag("netns")
class TransparentTest {

  @Test
  void connectsFromTheClientsAddress() throws Exception {
    try (TestServer server =
            TestServer.http1(
                (self, request) ->
                    request.reply(
                        200,
                        ((InetSocketAddress) self.open.getFirst().remoteAddress())
                            .getAddress()
                            .getHostAddress()));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .pod("a", "here", "127.77.3.3", 300, MtlsMode.MTLS_MODE_PERMISSIVE)
                    .service(
                        "web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address()),
                ProxyOptions.plain(
                        "here",
                        List.of(
                            new ProxyOptions.Listen(
                                ProxyOptions.Kind.OUTBOUND,
                                Meshes.at("127.0.0.1", 0),
                                true,
                                Meshes.at(TestProxy.VIP, 80))))
                    .withUpstream(
                        new ProxyOptions.Upstream(
                            true, true, Duration.ofSeconds(5), Duration.ofSeconds(4), 10, 10)),
                id -> null);
        RawClient client = new RawClient(proxy.address(), Meshes.at("127.77.3.3", 0))) {
      assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").answer())
          .endsWith("127.77.3.3");
    }
  }
}
