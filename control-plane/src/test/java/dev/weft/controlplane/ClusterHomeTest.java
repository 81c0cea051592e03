package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.identity.CertificateAuthority;
import dev.weft.resources.Cidr;
import dev.weft.resources.IdentityLabels;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What a control plane keeps in a real API server, and what it says there. */
@EnabledIf("dev.weft.controlplane.RealApiServer#available")
class ClusterHomeTest {
  private static final TrustDomain MESH = TrustDomain.parse("mesh.test");
  private static final String NAMESPACE = "weft-system";
  private static final String ACCOUNT = "weft-node";

  private static final CertificateAuthority.Settings SETTINGS =
      new CertificateAuthority.Settings(
          Duration.ofHours(1), InstantSource.system(), new SecureRandom());

  private static final Leadership.Times SHORT =
      new Leadership.Times(Duration.ofSeconds(8), Duration.ofSeconds(3), Duration.ofMillis(500));

  @TempDir private static Path folder;
  private static RealApiServer server;
  private static KubernetesClient client;

  @BeforeAll
  static void start() throws Exception {
    server = new RealApiServer(folder);
    client = server.client();
    server.installDefinitions(client);
    for (String name : List.of(NAMESPACE, "shop")) {
      apply(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build());
    }
    apply(account(NAMESPACE, ACCOUNT));
    apply(account("shop", "default"));
    apply(
        """
        apiVersion: v1
        kind: Node
        metadata: {name: n1}
        spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24]}
        """);
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: weft-node-1, namespace: weft-system}
        spec:
          nodeName: n1
          serviceAccountName: weft-node
          hostNetwork: true
          containers: [{name: node, image: weft}]
        """);
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void theAuthorityIsMadeOnce() throws Exception {
    CaSecret secret = new CaSecret(client, NAMESPACE);
    CertificateAuthority first = secret.open(MESH, SETTINGS);

    assertThat(secret.open(MESH, SETTINGS).roots()).isEqualTo(first.roots());
    String bundle =
        client
            .configMaps()
            .inNamespace(NAMESPACE)
            .withName(CaSecret.BUNDLE)
            .get()
            .getData()
            .get(CaSecret.CERTIFICATES);
    assertThat(bundle).contains("BEGIN CERTIFICATE").doesNotContain("PRIVATE");

    apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: weft-ca, namespace: shop}
        stringData: {ca.crt: nonsense, ca.key: "-----BEGIN PRIVATE KEY-----"}
        """);
    assertThatThrownBy(() -> new CaSecret(client, "shop").open(MESH, SETTINGS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("shop/weft-ca")
        .hasMessageNotContaining("PRIVATE");
  }

  @Test
  void aDeposedLeaderGivesNoNumberAway() throws Exception {
    IdentityNumbers old = new IdentityNumbers(new IdentityConfigMaps(client, NAMESPACE));
    int web = old.numberOf(labels("deposed-web"));
    old.save();
    IdentityNumbers leader = new IdentityNumbers(new IdentityConfigMaps(client, NAMESPACE));
    assertThat(leader.numberOf(labels("deposed-web"))).isEqualTo(web);
    int api = leader.numberOf(labels("deposed-api"));
    leader.save();

    assertThat(old.numberOf(labels("deposed-db"))).isEqualTo(api);
    assertThatThrownBy(old::save).isInstanceOf(IOException.class);
    IdentityNumbers next = new IdentityNumbers(new IdentityConfigMaps(client, NAMESPACE));
    assertThat(next.numberOf(labels("deposed-api"))).isEqualTo(api);
    assertThat(next.numberOf(labels("deposed-db"))).isEqualTo(api + 1);
  }

  @Test
  void aNodesTokenNamesItsNode() {
    TokenReviews tokens = TokenReviews.of(client, NAMESPACE + ":" + ACCOUNT);
    tokens.retain(java.util.Set.of("n1"));

    assertThat(tokens.node(token(TokenReviews.AUDIENCE, true))).isEqualTo("n1");
    assertThat(tokens.node(token("https://kubernetes.default.svc", true))).isNull();
    assertThat(tokens.node(token(TokenReviews.AUDIENCE, false))).isNull();
    assertThat(tokens.node("nonsense")).isNull();
  }

  @Test
  void theLeaseGoesFromOneToTheNext() throws Exception {
    try (CutLine line = new CutLine(server.port());
        KubernetesClient one = server.client(line.port(), Leadership.PATIENCE);
        KubernetesClient two = server.client(server.port(), Leadership.PATIENCE)) {
      Leadership first = new Leadership(one, "shop", "one", SHORT);
      first.leading().get();
      Leadership second = new Leadership(two, "shop", "two", SHORT);
      assertThat(second.leading()).isNotDone();
      first.close();
      await().atMost(Duration.ofSeconds(20)).until(() -> second.leading().isDone());
      assertThat(first.ended()).isDone();

      Leadership third = new Leadership(one, "shop", "three", SHORT);
      second.close();
      await().atMost(Duration.ofSeconds(20)).until(() -> third.leading().isDone());
      line.cut();
      await().atMost(Duration.ofSeconds(20)).until(() -> third.ended().isDone());
    }
  }

  @Test
  void aNodeIsToldWhatItNeeds(@TempDir Path to) throws Exception {
    new CaSecret(client, NAMESPACE).open(MESH, SETTINGS);
    GenericKubernetesResource node = get("v1", "Node", "", "n1");
    node.setAdditionalProperty(
        "status",
        Map.of("addresses", List.of(Map.of("type", "InternalIP", "address", "10.0.0.1"))));
    client.resource(node).updateStatus();
    apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: weft-control-plane-1
          namespace: weft-system
          labels: {kubernetes.io/service-name: weft-control-plane}
        addressType: IPv4
        ports: [{name: grpc, port: 8443, protocol: TCP}]
        endpoints:
        - {addresses: [10.0.0.2], conditions: {ready: false}}
        - {addresses: [10.0.0.1], conditions: {ready: true}}
        """);

    new NodeBootstrap(client, new NodeBootstrap.Order("n1", NAMESPACE, Path.of("/t/token"), to))
        .write();

    Properties settings = new Properties();
    try (var in = Files.newBufferedReader(to.resolve("node.properties"))) {
      settings.load(in);
    }
    assertThat(settings)
        .containsEntry("name", "n1")
        .containsEntry("address", "10.0.0.1")
        .containsEntry("pod-network", "10.244.1.0/24")
        .containsEntry("control-plane", "10.0.0.1:8443,10.0.0.2:8443")
        .containsEntry("control-plane-service", "weft-system/weft-control-plane")
        .containsEntry("control-plane-name", "weft-control-plane")
        .containsEntry("token", "/t/token");
    assertThat(Files.readString(Path.of(settings.getProperty("trust")))).contains("CERTIFICATE");
  }

  @Test
  void aMeshOutlivesItsLeader() throws Exception {
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web-1, namespace: shop, labels: {app: web}}
        spec:
          nodeName: n1
          containers: [{name: main, image: web}]
        """);
    GenericKubernetesResource pod = get("v1", "Pod", "shop", "web-1");
    pod.setAdditionalProperty(
        "status", Map.of("phase", "Running", "podIP", "10.244.1.7", "podIPs", List.of()));
    client.resource(pod).updateStatus();
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: weft}
        spec: {controllerName: weft.dev/gateway-controller}
        """);
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: edge, namespace: shop}
        spec:
          gatewayClassName: weft
          listeners: [{name: http, port: 80, protocol: HTTP}]
        """);
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: r, namespace: shop}
        spec: {parentRefs: [{name: edge}]}
        """);
    foreignStatus();
    String address;
    Map<String, String> held;
    try (ControlPlane first = controlPlane();
        Connected node = connect(first)) {
      node.node.acceptUntil("workload/shop/web-1");
      await().untilAsserted(() -> assertThat(parents()).hasSize(2));
      assertThat(parents().get(0).path("controllerName").asText()).isEqualTo("example.com/other");
      await().untilAsserted(() -> assertThat(conditions()).contains("Accepted", "example.com/Odd"));
      address = status("Gateway", "edge").at("/addresses/0/value").asText();
      assertThat(address).startsWith("172.31.255.");
      held = Map.copyOf(node.node.held);
      assertThat(held).containsKey("gateway/shop/edge");
    }
    String version =
        get("gateway.networking.k8s.io/v1", "HTTPRoute", "shop", "r")
            .getMetadata()
            .getResourceVersion();

    try (ControlPlane second = controlPlane();
        Connected node = connect(second, held)) {
      assertThat(node.node.accept().getUpsertedList()).as("nothing is what it was not").isEmpty();
      apply(
          """
          apiVersion: gateway.networking.k8s.io/v1
          kind: HTTPRoute
          metadata: {name: r2, namespace: shop}
          spec: {parentRefs: [{name: edge}]}
          """);
      await().untilAsserted(() -> assertThat(status("HTTPRoute", "r2").path("parents")).hasSize(1));
      assertThat(status("Gateway", "edge").at("/addresses/0/value").asText()).isEqualTo(address);
      assertThat(
              get("gateway.networking.k8s.io/v1", "HTTPRoute", "shop", "r")
                  .getMetadata()
                  .getResourceVersion())
          .as("a status that says what it should is not written again")
          .isEqualTo(version);
    }
  }

  @Test
  void strangersAreNotLetIn() throws Exception {
    try (ControlPlane controlPlane = controlPlane()) {
      ManagedChannel channel = TestNode.channel(controlPlane.port(), trust(), "stranger");
      try (TestNode stranger = TestNode.connect(channel, "n1", Map.of())) {
        assertThat(stranger.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      }
    }
  }

  /** A node with its channel. */
  private record Connected(ManagedChannel channel, TestNode node) implements AutoCloseable {
    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  private static Connected connect(ControlPlane controlPlane) throws Exception {
    return connect(controlPlane, Map.of());
  }

  private static Connected connect(ControlPlane controlPlane, Map<String, String> held)
      throws Exception {
    ManagedChannel channel =
        TestNode.channel(controlPlane.port(), trust(), token(TokenReviews.AUDIENCE, true));
    return new Connected(channel, TestNode.connect(channel, "n1", held));
  }

  private static Path trust() throws IOException {
    String roots =
        client
            .configMaps()
            .inNamespace(NAMESPACE)
            .withName(CaSecret.BUNDLE)
            .get()
            .getData()
            .get(CaSecret.CERTIFICATES);
    return Files.writeString(folder.resolve("trust.pem"), roots);
  }

  private static ControlPlane controlPlane() throws IOException {
    return ControlPlane.start(
        new ControlPlaneOptions(
            new ControlPlaneOptions.Place.Cluster(
                NAMESPACE, "test", ACCOUNT, new InetSocketAddress(0)),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            List.of(),
            MESH,
            Duration.ofHours(1),
            Objects.requireNonNull(Cidr.parse("172.31.255.0/24"))),
        new ClusterHome(client, NAMESPACE, ACCOUNT, MESH));
  }

  private static String token(String audience, boolean bound) {
    var spec = new TokenRequestBuilder().withNewSpec().withAudiences(audience);
    if (bound) {
      spec =
          spec.withNewBoundObjectRef()
              .withApiVersion("v1")
              .withKind("Pod")
              .withName("weft-node-1")
              .withUid(get("v1", "Pod", NAMESPACE, "weft-node-1").getMetadata().getUid())
              .endBoundObjectRef();
    }
    return client
        .serviceAccounts()
        .inNamespace(NAMESPACE)
        .withName(ACCOUNT)
        .tokenRequest(spec.endSpec().build())
        .getStatus()
        .getToken();
  }

  /** What another controller says about the same objects. */
  private static void foreignStatus() {
    GenericKubernetesResource route = get("gateway.networking.k8s.io/v1", "HTTPRoute", "shop", "r");
    String condition =
        "{type: %s, status: 'True', reason: Odd, message: '', lastTransitionTime:"
            + " '2026-01-01T00:00:00Z'}";
    patch(
        route,
        "parents: [{controllerName: example.com/other, parentRef: {name: edge}, conditions: ["
            + condition.formatted("Accepted")
            + "]}]");
    patch(
        get("gateway.networking.k8s.io/v1", "Gateway", "shop", "edge"),
        "conditions: [" + condition.formatted("example.com/Odd") + "]");
  }

  private static void patch(GenericKubernetesResource object, String status) {
    GenericKubernetesResource body = new GenericKubernetesResource();
    body.setApiVersion(object.getApiVersion());
    body.setKind(object.getKind());
    body.setMetadata(
        new io.fabric8.kubernetes.api.model.ObjectMetaBuilder()
            .withName(object.getMetadata().getName())
            .withNamespace(object.getMetadata().getNamespace())
            .build());
    body.setAdditionalProperty("status", Serialization.unmarshal(status, Map.class));
    client
        .resource(object)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("example.com/other")
                .build(),
            body);
  }

  private static JsonNode parents() {
    return status("HTTPRoute", "r").path("parents");
  }

  private static List<String> conditions() {
    return status("Gateway", "edge").path("conditions").findValuesAsText("type");
  }

  private static JsonNode status(String kind, String name) {
    return ObservedStatuses.JSON.valueToTree(
        get("gateway.networking.k8s.io/v1", kind, "shop", name)
            .getAdditionalProperties()
            .getOrDefault("status", Map.of()));
  }

  private static GenericKubernetesResource get(
      String apiVersion, String kind, String namespace, String name) {
    var all = client.genericKubernetesResources(apiVersion, kind);
    return namespace.isEmpty()
        ? all.withName(name).get()
        : all.inNamespace(namespace).withName(name).get();
  }

  private static void apply(String yaml) {
    apply(Serialization.unmarshal(yaml, GenericKubernetesResource.class));
  }

  private static void apply(HasMetadata object) {
    client.resource(object).forceConflicts().serverSideApply();
  }

  private static String account(String namespace, String name) {
    return "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: %s}"
        .formatted(name, namespace);
  }

  private static IdentityLabels labels(String account) {
    return new IdentityLabels("shop", account, Map.of());
  }
}
