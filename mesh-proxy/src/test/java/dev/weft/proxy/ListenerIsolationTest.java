package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.StringMatch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/**
 * One listener alone is responsible for a request: GatewayHTTPListenerIsolation and
 * HTTPRouteHTTPSListenerDetectMisdirectedRequests of the conformance suite, case by case.
 */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class ListenerIsolationTest {
  private static final String ADDRESS = "10.9.9.9";

  private interface Act {
    void on(TestProxy proxy) throws Exception;
  }

  private static Resource.Builder gateway(
      Gateway.Protocol protocol, int port, Map<String, String> hostnames) {
    Gateway.Builder gateway =
        Gateway.newBuilder()
            .setNamespace("default")
            .setName("edge")
            .addAddresses(Meshes.bytes(ADDRESS));
    hostnames.forEach(
        (name, hostname) -> {
          Gateway.Listener.Builder listener =
              gateway
                  .addListenersBuilder()
                  .setName(name)
                  .setProtocol(protocol)
                  .setPort(port)
                  .setHostname(hostname);
          if (protocol == Gateway.Protocol.PROTOCOL_HTTPS) {
            listener.addCertificates("certificate/default/any");
          }
        });
    return Resource.newBuilder().setGateway(gateway);
  }

  /** A route of one listener. */
  private static Resource.Builder route(String listener, String path, String... hostnames) {
    HttpRoute.Builder route =
        HttpRoute.newBuilder()
            .setNamespace("default")
            .setName(listener)
            .addAttachments(
                Attachment.newBuilder()
                    .addAllHostnames(List.of(hostnames))
                    .setListener(
                        Attachment.GatewayListener.newBuilder()
                            .setNamespace("default")
                            .setGateway("edge")
                            .setListener(listener)));
    route.addRules(
        Meshes.everything(Meshes.backend("web", 80))
            .addMatches(HttpMatch.newBuilder().setPath(StringMatch.newBuilder().setPrefix(path))));
    return Resource.newBuilder().setHttpRoute(route);
  }

  private static void with(int port, Meshes mesh, Act act) throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "ok"));
        TestProxy proxy =
            new TestProxy(
                mesh.service(
                    "web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address()),
                ProxyOptions.plain(
                    "here",
                    List.of(
                        ProxyOptions.Listen.plain(
                            ProxyOptions.Kind.OUTBOUND,
                            Meshes.at("127.0.0.1", 0),
                            Meshes.at(ADDRESS, port)))),
                id -> null)) {
      act.on(proxy);
    }
  }

  @Test
  void aRequestIsTheMostSpecificListenersAlone() throws Exception {
    Map<String, String> hostnames = new LinkedHashMap<>();
    hostnames.put("empty", "");
    hostnames.put("wildcard", "*.example.com");
    hostnames.put("foo", "*.foo.example.com");
    hostnames.put("abc", "abc.foo.example.com");
    Meshes mesh =
        new Meshes()
            .put("gateway/default/edge", gateway(Gateway.Protocol.PROTOCOL_HTTP, 80, hostnames));
    hostnames
        .keySet()
        .forEach(name -> mesh.put("httproute/default/" + name, route(name, "/" + name)));
    Map<String, String> owners =
        Map.of(
            "bar.com", "empty",
            "bar.example.com", "wildcard",
            "a.b.example.com", "wildcard",
            "bar.foo.example.com", "foo",
            "abc.foo.example.com", "abc",
            "example.com", "empty",
            "foo.example.com", "wildcard");

    with(
        80,
        mesh,
        proxy -> {
          try (RawClient client = proxy.client()) {
            for (Map.Entry<String, String> owner : owners.entrySet()) {
              for (String listener : hostnames.keySet()) {
                assertThat(
                        client
                            .send(
                                "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n"
                                    .formatted(listener, owner.getKey()))
                            .answer())
                    .as(owner.getKey() + " /" + listener)
                    .startsWith("HTTP/1.1 " + (listener.equals(owner.getValue()) ? 200 : 404));
              }
            }
          }
        });
  }

  @Test
  void whatBelongsToAnotherListenerIsMisdirected() throws Exception {
    Map<String, String> hostnames = new LinkedHashMap<>();
    hostnames.put("https", "");
    hostnames.put("second", "second-example.org");
    hostnames.put("wildcard", "*.wildcard.org");
    hostnames.put("fourth", "fourth-example.wildcard.org");
    Meshes mesh =
        new Meshes()
            .put("certificate/default/any", GatewayProxyTest.certificate("example.org"))
            .put("gateway/default/edge", gateway(Gateway.Protocol.PROTOCOL_HTTPS, 443, hostnames))
            .put("httproute/default/https", route("https", "/", "example.org"))
            .put("httproute/default/second", route("second", "/"))
            .put("httproute/default/wildcard", route("wildcard", "/"))
            .put("httproute/default/fourth", route("fourth", "/"));
    List<List<Object>> cases =
        List.of(
            List.of("example.org", "example.org", 200),
            List.of("example.org", "second-example.org", 421),
            List.of("example.org", "unknown-example.org", 404),
            List.of("second-example.org", "second-example.org", 200),
            List.of("second-example.org", "example.org", 421),
            List.of("second-example.org", "unknown-example.org", 421),
            List.of("third-example.wildcard.org", "third-example.wildcard.org", 200),
            List.of("third-example.wildcard.org", "fith-example.wildcard.org", 200),
            List.of("third-example.wildcard.org", "fourth-example.wildcard.org", 421),
            List.of("third-example.wildcard.org", "second-example.org", 421),
            List.of("third-example.wildcard.org", "unknown-example.org", 421),
            List.of("fourth-example.wildcard.org", "fourth-example.wildcard.org", 200),
            List.of("fourth-example.wildcard.org", "fith-example.wildcard.org", 421),
            List.of("unknown-example.org", "example.org", 200),
            List.of("unknown-example.org", "unknown-example.org", 404));

    with(443, mesh, proxy -> check(proxy, cases));
  }

  @Test
  void aHostOfNoListenerIsNotFoundRatherThanMisdirected() throws Exception {
    Meshes mesh =
        new Meshes()
            .put("certificate/default/any", GatewayProxyTest.certificate("a.org"))
            .put(
                "gateway/default/edge",
                gateway(
                    Gateway.Protocol.PROTOCOL_HTTPS, 443, Map.of("one", "a.org", "two", "b.org")))
            .put("httproute/default/one", route("one", "/"));

    with(
        443,
        mesh,
        proxy ->
            check(
                proxy,
                List.of(List.of("a.org", "b.org", 421), List.of("a.org", "nobody.org", 404))));
  }

  private static void check(TestProxy proxy, List<List<Object>> cases) throws Exception {
    for (List<Object> each : cases) {
      try (SSLSocket socket =
          GatewayProxyTest.handshake(proxy.address(), (String) each.getFirst())) {
        assertThat(GatewayProxyTest.ask(socket, (String) each.get(1)))
            .as(each.toString())
            .startsWith("HTTP/1.1 " + each.get(2));
      }
    }
  }
}
