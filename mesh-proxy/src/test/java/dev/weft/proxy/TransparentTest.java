package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.MtlsMode;
import dev.weft.routing.Ipv4;
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

  private static final String NODE = "127.77.9.9";

  @Test
  void connectsFromTheClientsAddress() throws Exception {
    assertThat(sourceSeenBy("127.77.3.3")).isEqualTo("127.77.3.3");
  }

  /** A pod drops packets that claim to come from itself. */
  @Test
  void aPodThatReachesItselfHearsFromItsNode() throws Exception {
    assertThat(sourceSeenBy("127.0.0.1")).isEqualTo(NODE);
  }

  /** The client's address as a server at 127.0.0.1 sees it. */
  private static String sourceSeenBy(String client) throws Exception {
    try (TestServer server =
            TestServer.http1(
                (self, request) ->
                    request.reply(
                        200,
                        "from "
                            + ((InetSocketAddress) self.open.getFirst().remoteAddress())
                                .getAddress()
                                .getHostAddress()));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .pod("a", "here", client, 300, MtlsMode.MTLS_MODE_PERMISSIVE)
                    .pod("web", "here", "127.0.0.1", 300, MtlsMode.MTLS_MODE_PERMISSIVE)
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
                    .withNodeAddress(Ipv4.parse(NODE))
                    .withUpstream(
                        new ProxyOptions.Upstream(
                            true,
                            true,
                            Duration.ofSeconds(5),
                            Duration.ofSeconds(4),
                            10,
                            10,
                            Duration.ofSeconds(5))),
                id -> null);
        RawClient requests = new RawClient(proxy.address(), Meshes.at(client, 0))) {
      String answer = requests.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").answer();
      return answer.substring(answer.lastIndexOf("from ") + 5);
    }
  }
}
