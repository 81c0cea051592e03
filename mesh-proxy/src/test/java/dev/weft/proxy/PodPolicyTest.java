package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.AuthorizationRules.Action;
import dev.weft.api.v1.AuthorizationRules.Operation;
import dev.weft.api.v1.AuthorizationRules.Rule;
import dev.weft.api.v1.AuthorizationRules.Source;
import dev.weft.api.v1.AuthorizationRules.Target;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.Mirror;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.Node;
import dev.weft.api.v1.Resource;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.ConnectionEvent.Kind;
import dev.weft.routing.Ipv4;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Policies of pods of the proxy's own node: nobody else asks them. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class PodPolicyTest {
  private static final String POD = "127.0.0.2";
  private static final int IDENTITY = 300;
  private static final String GATEWAY = "10.9.9.9";

  private static Meshes mesh() {
    return new Meshes().pod("web", "here", POD, IDENTITY, MtlsMode.MTLS_MODE_PERMISSIVE);
  }

  private static Resource.Builder policy(Action action, Rule.Builder rule) {
    return Resource.newBuilder()
        .setAuthorization(
            AuthorizationRules.newBuilder()
                .setNamespace("default")
                .setName("p")
                .setAction(action)
                .addTargets(
                    Target.newBuilder()
                        .setWorkloads(Target.Identities.newBuilder().addNumbers(IDENTITY)))
                .addRules(rule));
  }

  private static Rule.Builder port(int port) {
    return Rule.newBuilder().addTo(Operation.newBuilder().addPorts(Integer.toString(port)));
  }

  private static Rule.Builder principal(String principal) {
    return Rule.newBuilder().addFrom(Source.newBuilder().addPrincipals(principal));
  }

  private static TestServer pod() {
    return TestServer.at(POD, false, (self, request) -> request.reply(200, "pod"));
  }

  private static String ask(TestProxy proxy) throws Exception {
    try (RawClient client = proxy.client()) {
      return client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").answer();
    }
  }

  @Test
  void anOpaqueConnectionIsJudgedAtThePodsPort() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, Meshes.at(POD, 0).getAddress())) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
      Meshes mesh = mesh().service("raw", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_TCP, address);
      mesh.put("authorization/default/p", policy(Action.ACTION_DENY, port(address.getPort())));
      try (TestProxy proxy = new TestProxy(mesh)) {
        assertThat(proxy.refuses()).isTrue();

        mesh.put("authorization/default/p", policy(Action.ACTION_ALLOW, port(address.getPort())));
        proxy.proxy.apply(mesh.tables());
        try (RawClient client = proxy.client();
            Socket accepted = server.accept()) {
          client.send("ping");
          assertThat(new String(accepted.getInputStream().readNBytes(4), StandardCharsets.US_ASCII))
              .isEqualTo("ping");
        }
      }
    }
  }

  @Test
  void whatAnAuditPolicyMatchesIsToldOf() throws Exception {
    try (TestServer server = pod()) {
      Meshes mesh =
          mesh()
              .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address())
              .put(
                  "authorization/default/p",
                  policy(Action.ACTION_AUDIT, port(server.address().getPort())));
      try (TestProxy proxy = new TestProxy(mesh)) {
        assertThat(ask(proxy)).endsWith("pod");
        await().until(() -> !proxy.seen.isEmpty());
        assertThat(proxy.seen.getFirst().end().auditedBy()).isEqualTo("default/p");
      }
    }
  }

  @Test
  void aConnectionThatIsOpenedAndRefusedIsClosedToo() throws Exception {
    Meshes mesh =
        mesh()
            .service("raw", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_TCP, Meshes.at(POD, 1))
            .put("authorization/default/p", policy(Action.ACTION_DENY, port(1)));
    try (TestProxy proxy = new TestProxy(mesh)) {
      assertThat(proxy.refuses()).isTrue();
      await()
          .untilAsserted(
              () ->
                  assertThat(proxy.connections)
                      .extracting(ConnectionEvent::kind)
                      .containsExactly(Kind.OPENED, Kind.REFUSED, Kind.CLOSED));
    }
  }

  @Test
  void aPolicyEndsOpaqueConnectionsFromBeforeIt() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, Meshes.at(POD, 0).getAddress())) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
      Meshes mesh = mesh().service("raw", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_TCP, address);
      try (TestProxy proxy = new TestProxy(mesh);
          RawClient client = proxy.client();
          Socket accepted = server.accept()) {
        mesh.put("authorization/default/p", policy(Action.ACTION_DENY, port(1)));
        proxy.proxy.apply(mesh.tables());
        client.send("ping");
        assertThat(accepted.getInputStream().readNBytes(4)).hasSize(4);

        mesh.put("authorization/default/p", policy(Action.ACTION_DENY, port(address.getPort())));
        proxy.proxy.apply(mesh.tables());
        assertThat(client.rest()).isIn("", "<reset>");
        assertThat(proxy.connections).anyMatch(event -> "POLICY_DENIED".equals(event.reason()));
      }
    }
  }

  @Test
  void aMirroredRequestNeedsPermissionToo() throws Exception {
    Mirror.Builder mirror =
        Mirror.newBuilder()
            .setBackend(Meshes.backend("copy", 80))
            .setNumerator(1)
            .setDenominator(1);
    try (TestServer real = TestServer.http1((self, request) -> request.reply(200, "real"));
        TestServer copy = pod()) {
      Meshes mesh =
          mesh()
              .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, real.address())
              .service("copy", "10.96.0.3", 80, AppProtocol.APP_PROTOCOL_HTTP, copy.address())
              .route(
                  "r",
                  "web",
                  Meshes.everything(Meshes.backend("web", 80))
                      .addFilters(HttpFilter.newBuilder().setMirror(mirror)));
      mesh.put(
          "authorization/default/p", policy(Action.ACTION_DENY, port(copy.address().getPort())));
      try (TestProxy proxy = new TestProxy(mesh)) {
        assertThat(ask(proxy)).endsWith("real");

        mesh.put("authorization/default/p", policy(Action.ACTION_DENY, port(1)));
        proxy.proxy.apply(mesh.tables());
        assertThat(ask(proxy)).endsWith("real");
        await().until(() -> copy.requests.get() > 0);
        assertThat(copy.requests).hasValue(1);
      }
    }
  }

  @Test
  void aGatewaysRequestIsTheGateways() throws Exception {
    try (TestServer server = pod()) {
      Meshes mesh =
          mesh()
              .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address())
              .put("gateway/default/edge", gateway())
              .put("httproute/default/edge", route());
      String own = "cluster.local/ns/default/sa/edge";
      mesh.put("authorization/default/p", policy(Action.ACTION_ALLOW, principal(own)));
      ProxyOptions.Listen listen =
          ProxyOptions.Listen.plain(
              ProxyOptions.Kind.OUTBOUND, Meshes.at("127.0.0.1", 0), Meshes.at(GATEWAY, 80));
      try (TestProxy proxy =
          new TestProxy(mesh, ProxyOptions.plain("here", List.of(listen)), id -> null)) {
        assertThat(ask(proxy)).endsWith("pod");

        mesh.put("authorization/default/p", policy(Action.ACTION_DENY, principal(own)));
        proxy.proxy.apply(mesh.tables());
        assertThat(ask(proxy)).startsWith("HTTP/1.1 403");
      }
    }
  }

  private static Resource.Builder gateway() {
    return Resource.newBuilder()
        .setGateway(
            Gateway.newBuilder()
                .setNamespace("default")
                .setName("edge")
                .addAddresses(Meshes.bytes(GATEWAY))
                .addListeners(
                    Gateway.Listener.newBuilder()
                        .setName("http")
                        .setProtocol(Gateway.Protocol.PROTOCOL_HTTP)
                        .setPort(80)));
  }

  private static Resource.Builder route() {
    return Resource.newBuilder()
        .setHttpRoute(
            HttpRoute.newBuilder()
                .setNamespace("default")
                .setName("edge")
                .addAttachments(
                    Attachment.newBuilder()
                        .setListener(
                            Attachment.GatewayListener.newBuilder()
                                .setNamespace("default")
                                .setGateway("edge")
                                .setListener("http")))
                .addRules(Meshes.everything(Meshes.backend("web", 80))));
  }

  @Test
  void theNodeItselfReachesAnIsolatedPod() throws Exception {
    NetworkRules.Builder isolated =
        NetworkRules.newBuilder()
            .setIdentity(IDENTITY)
            .setIngressIsolated(true)
            .addRules(NetworkRules.Rule.newBuilder().setPeer(1));
    try (TestServer server = pod()) {
      Meshes mesh =
          mesh()
              .put(
                  "node/here",
                  Resource.newBuilder()
                      .setNode(
                          Node.newBuilder().setName("here").setAddress(Meshes.bytes("127.0.0.1"))))
              .put("networkrules/300", Resource.newBuilder().setNetworkRules(isolated))
              // Something to read requests for, so that the pod's connections come here.
              .put("authorization/default/p", reading());
      ProxyOptions.Listen listen =
          ProxyOptions.Listen.plain(
              ProxyOptions.Kind.INBOUND, Meshes.at("127.0.0.1", 0), server.address());
      ProxyOptions options = ProxyOptions.plain("here", List.of(listen));
      int node = Ipv4.parse("127.0.0.1");
      try (TestProxy proxy = new TestProxy(mesh, options.withNodeAddress(node), id -> null)) {
        assertThat(ask(proxy)).endsWith("pod");
      }
      try (TestProxy proxy = new TestProxy(mesh, options, id -> null)) {
        assertThat(ask(proxy)).as("another node").startsWith("HTTP/1.1 403");
      }
    }
  }

  private static Resource.Builder reading() {
    return policy(
        Action.ACTION_DENY, Rule.newBuilder().addTo(Operation.newBuilder().addMethods("BREW")));
  }
}
