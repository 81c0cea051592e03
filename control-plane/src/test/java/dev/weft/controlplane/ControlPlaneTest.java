package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Ack;
import dev.weft.api.v1.CertificateAuthorityGrpc;
import dev.weft.api.v1.NodeMessage;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.SignRequest;
import dev.weft.api.v1.SignResponse;
import dev.weft.api.v1.Update;
import dev.weft.identity.CertificateRequest;
import dev.weft.identity.Certificates;
import dev.weft.identity.PeerIdentity;
import dev.weft.identity.WorkloadIdentity;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole process over loopback: files in, gRPC over TLS out. */
class ControlPlaneTest {
  private static final TrustDomain MESH = TrustDomain.parse("mesh.test");

  @TempDir Path folder;
  @TempDir Path run;
  private ControlPlane controlPlane;
  private final List<ManagedChannel> channels = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    write("mesh.yaml", Yaml.meshConfig("a:4317"));
    write("web.yaml", Yaml.pod("web", "web", "n1"));
    controlPlane = ControlPlane.start(options());
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    controlPlane.close();
  }

  private ControlPlaneOptions options() {
    return options(Duration.ofHours(24));
  }

  private ControlPlaneOptions options(Duration certificateLife) {
    return new ControlPlaneOptions(
        folder,
        run,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        List.of(),
        MESH,
        List.of("n1", "n2"),
        certificateLife);
  }

  @Test
  void aNodeGetsTheMeshAndThenItsChanges() throws Exception {
    TestNode node = connect("n1", Map.of());
    Update first = node.accept();
    assertThat(first.getComplete()).isTrue();
    assertThat(first.getUpserted(0).getName()).isEqualTo("mesh");
    assertThat(first.getUpserted(0).getMesh().getTrustDomain()).isEqualTo("mesh.test");
    assertThat(first.getUpserted(0).getMesh().getOtlpEndpoint()).isEqualTo("a:4317");
    assertThat(first.getUpserted(0).getMesh().getRootsList())
        .containsExactly(ByteString.copyFrom(Certificates.toDer(root())));
    assertThat(first.getUpserted(0).getMesh().getSessionKey().size()).isEqualTo(32);

    write("mesh.yaml", Yaml.meshConfig("b:4317"));
    Update second = node.accept();
    assertThat(TestNode.names(second)).containsExactly("mesh");
    assertThat(second.getUpserted(0).getMesh().getOtlpEndpoint()).isEqualTo("b:4317");
    assertThat(second.getRemovedList()).isEmpty();
  }

  @Test
  void whatARouteNeedsComesBeforeIt() throws Exception {
    write("route.yaml", Yaml.route("r1", "web", 1));
    write("service.yaml", Yaml.service("web"));
    awaitFile("status/httproute.shop.r1.yaml");

    assertThat(TestNode.names(connect("n1", Map.of()).accept()))
        .containsSubsequence(
            "mesh",
            "identity/256",
            "workload/shop/web",
            "service/shop/web",
            "endpoints/shop/web",
            "httproute/shop/r1");
  }

  @Test
  void oneChangedRouteSendsOneResource() throws Exception {
    write("service.yaml", Yaml.service("web"));
    for (int i = 0; i < 20; i++) {
      write("route" + i + ".yaml", Yaml.route("r" + i, "web", 1));
    }
    awaitFile("status/httproute.shop.r19.yaml");
    TestNode node = connect("n1", Map.of());
    node.accept();
    write("route7.yaml", Yaml.route("r7", "web", 2));

    Update update = node.accept();
    assertThat(TestNode.names(update)).containsExactly("httproute/shop/r7");
    assertThat(update.getUpserted(0).getHttpRoute().getRules(0).getBackends(0).getWeight())
        .isEqualTo(2);

    Files.delete(folder.resolve("route7.yaml"));
    Update removal = node.accept();
    assertThat(removal.getUpsertedList()).isEmpty();
    assertThat(removal.getRemovedList()).containsExactly("httproute/shop/r7");
    await().until(() -> !Files.exists(run.resolve("status/httproute.shop.r7.yaml")));
  }

  @Test
  void aRouteIsProgrammedWhenNodesSaySo() throws Exception {
    write("service.yaml", Yaml.service("web"));
    write("route.yaml", Yaml.route("r1", "web", 1));
    TestNode one = connect("n1", Map.of());
    TestNode two = connect("n2", Map.of());
    one.acceptUntil("httproute/shop/r1");
    Update last = two.receiveUntil("httproute/shop/r1");
    awaitStatus("httproute.shop.r1", "weft.dev/Programmed\"\n      status: \"Unknown\"");

    two.refuse(last, "httproute/shop/r1", "no such filter");
    awaitStatus("httproute.shop.r1", "n2: no such filter");
    assertThat(status("httproute.shop.r1")).contains("status: \"False\"");

    write("route.yaml", Yaml.route("r1", "web", 3));
    one.acceptUntil("httproute/shop/r1");
    two.acceptUntil("httproute/shop/r1");
    awaitStatus("httproute.shop.r1", "weft.dev/Programmed\"\n      status: \"True\"");
  }

  @Test
  void policiesReachTheNodesAsNumbers() throws Exception {
    write("policies.yaml", Yaml.POLICIES);
    TestNode node = connect("n1", Map.of());
    Map<String, Resource> got = new HashMap<>();
    while (!got.containsKey("authorization/shop/readers")) {
      node.accept().getUpsertedList().forEach(resource -> got.put(resource.getName(), resource));
    }

    assertThat(got.get("networkrules/256"))
        .isNotNull()
        .satisfies(rules -> assertThat(rules.getNetworkRules().getIngressIsolated()).isTrue());
    assertThat(got).containsKey("cidr/192.0.2.0/24");
    awaitFile("status/authorizationpolicy.shop.readers.yaml");
  }

  @Test
  void aGatewayKeepsItsAddressOverARestart() throws Exception {
    write("gateway.yaml", Yaml.gateway("edge"));
    awaitStatus("gateway.shop.edge", "172.31.255.");
    String address =
        status("gateway.shop.edge").lines().filter(l -> l.contains("172.31")).toList().getFirst();
    controlPlane.close();
    // A colliding first choice would take the address, were it not remembered.
    write("a.yaml", Yaml.gateway("edge2").replaceFirst("(?s).*?---", ""));
    controlPlane = ControlPlane.start(options());
    awaitStatus("gateway.shop.edge2", "172.31.255.");

    assertThat(status("gateway.shop.edge")).contains(address);
    assertThat(signing(channel(token("n2")), "shop", "edge")).isEqualTo(Status.Code.OK);
  }

  @Test
  void identityNumbersSurviveARestart() throws Exception {
    write("a.yaml", Yaml.pod("a", "a", "n1"));
    TestNode node = connect("n1", Map.of());
    node.acceptUntil("identity/257");
    controlPlane.close();
    controlPlane = ControlPlane.start(options());

    assertThat(connect("n1", node.held).receive().getUpsertedList()).isEmpty();
  }

  @Test
  void aReturningNodeGetsNothingAgain() throws Exception {
    TestNode node = connect("n1", Map.of());
    assertThat(node.accept().getUpsertedCount()).isPositive();
    node.disconnect();

    Update again = connect("n1", node.held).receive();
    assertThat(again.getUpsertedList()).isEmpty();
    assertThat(again.getRemovedList()).isEmpty();
    assertThat(again.getComplete()).isTrue();
  }

  @Test
  void aRestartedControlPlaneResendsNothing() throws Exception {
    TestNode node = connect("n1", Map.of());
    node.accept();
    controlPlane.close();
    assertThat(node.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);

    controlPlane = ControlPlane.start(options());
    assertThat(connect("n1", node.held).receive().getUpsertedList()).isEmpty();
  }

  @Test
  void aSlowNodeGetsTheLatestOnly() throws Exception {
    TestNode node = connect("n1", Map.of());
    Update first = node.receive();
    for (int i = 1; i <= 20; i++) {
      write("mesh.yaml", Yaml.meshConfig("step-" + i + ":4317"));
    }
    TestNode quick = connect("n2", Map.of());
    await()
        .until(
            () -> quick.accept().getUpserted(0).getMesh().getOtlpEndpoint().equals("step-20:4317"));

    assertThat(node.idle()).isTrue();
    node.apply(first);
    assertThat(node.receive().getUpserted(0).getMesh().getOtlpEndpoint()).isEqualTo("step-20:4317");
    assertThat(node.idle()).isTrue();
  }

  @Test
  void badInputChangesNothing() throws Exception {
    TestNode node = connect("n1", Map.of());
    node.accept();
    write("mesh.yaml", Yaml.meshConfig("b:4317").replace("telemetry", "telemetri"));
    write("other.yaml", "kind: [");
    write("web2.yaml", Yaml.namespace("marker"));
    write("mesh.yaml", Yaml.meshConfig("c:4317"));

    Update next = node.accept();
    assertThat(TestNode.names(next)).contains("mesh");
    assertThat(next.getUpserted(0).getMesh().getOtlpEndpoint()).isEqualTo("c:4317");
  }

  @Test
  void aWrongTokenIsUnauthenticated() throws Exception {
    for (String token : new String[] {"", "x", token("n1") + "0", "Bearer " + token("n1")}) {
      ManagedChannel channel = channel(token);
      assertThat(TestNode.connect(channel, "n1", Map.of()).end().getCode())
          .isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(signing(channel, "web")).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
  }

  @Test
  void aNodeSpeaksForItselfOnly() throws Exception {
    Status end = TestNode.connect(channel(token("n1")), "n2", Map.of()).end();

    assertThat(end.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(end.getDescription()).contains("n1");
  }

  @Test
  void theLastStreamOfANodeCounts() throws Exception {
    TestNode first = connect("n1", Map.of());
    first.accept();
    TestNode second = connect("n1", Map.of());

    second.accept();
    assertThat(first.end().getCode()).isEqualTo(Status.Code.ABORTED);
  }

  @Test
  void nodesMustFollowTheProtocol() throws Exception {
    TestNode node = connect("n1", Map.of());
    node.send(NodeMessage.getDefaultInstance());
    assertThat(node.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void aFloodOfAnswersIsWorkedOffOneByOne() throws Exception {
    TestNode node = connect("n1", Map.of());
    Update first = node.receive();
    NodeMessage noise = NodeMessage.newBuilder().setAck(Ack.newBuilder().setNonce(99)).build();
    for (int i = 0; i < 20_000; i++) {
      node.send(noise);
    }
    node.apply(first);
    write("mesh.yaml", Yaml.meshConfig("after:4317"));

    assertThat(node.accept().getUpserted(0).getMesh().getOtlpEndpoint()).isEqualTo("after:4317");
  }

  @Test
  void theCaSignsForPodsOfTheCallingNodeOnly() throws Exception {
    ManagedChannel one = channel(token("n1"));
    ManagedChannel two = channel(token("n2"));
    SignResponse signed = sign(one, "web");

    X509Certificate leaf = Certificates.fromDer(signed.getChain(0).toByteArray());
    leaf.verify(root().getPublicKey());
    assertThat(PeerIdentity.of(new X509Certificate[] {leaf}).workload())
        .isEqualTo(new WorkloadIdentity(MESH, "shop", "web"));
    assertThat(signed.getRootsList())
        .containsExactly(ByteString.copyFrom(Certificates.toDer(root())));

    StatusRuntimeException denied =
        catchThrowableOfType(StatusRuntimeException.class, () -> sign(two, "web"));
    assertThat(denied.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(denied.getStatus().getDescription())
        .contains("spiffe://mesh.test/ns/shop/sa/web")
        .contains("n2");
    assertThat(signing(one, "admin")).isEqualTo(Status.Code.PERMISSION_DENIED);

    write("web.yaml", Yaml.pod("web", "web", "n2"));
    await().until(() -> signing(two, "web") == Status.Code.OK);
    assertThat(signing(one, "web")).isEqualTo(Status.Code.PERMISSION_DENIED);

    Files.delete(folder.resolve("web.yaml"));
    await().until(() -> signing(two, "web") == Status.Code.PERMISSION_DENIED);
  }

  @Test
  void theCaRefusesNonsense() throws Exception {
    ManagedChannel channel = channel(token("n1"));
    assertThatThrownBy(
            () ->
                CertificateAuthorityGrpc.newBlockingStub(channel)
                    .sign(SignRequest.newBuilder().setCsr(ByteString.copyFromUtf8("x")).build()))
        .hasMessageStartingWith("INVALID_ARGUMENT");
  }

  @Test
  void aNodeObjectBringsAToken() throws Exception {
    write("node.yaml", Yaml.node("n3"));

    await().until(() -> Files.exists(run.resolve("control-plane/tokens/n3")));
    connect("n3", Map.of()).accept();
  }

  @Test
  void aRemovedNodeIsSentAwayAndNotLetInAgain() throws Exception {
    write("node.yaml", Yaml.node("n9"));
    awaitFile("control-plane/tokens/n9");
    TestNode stays = connect("n1", Map.of());
    stays.acceptUntil("node/n9");
    TestNode goes = connect("n9", Map.of());
    goes.accept();
    stays.acceptUntil("away");

    Files.delete(folder.resolve("node.yaml"));

    assertThat(goes.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(connect("n9", Map.of()).end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(stays.accept().getRemovedList()).containsExactly("node/n9");

    write("node.yaml", Yaml.node("n9"));
    stays.acceptUntil("node/n9");
    assertThat(connect("n9", Map.of()).accept().getComplete()).isTrue();
  }

  @Test
  void aPodThatIsDeletedAndMadeAgainElsewhereMovesWithItsIdentity() throws Exception {
    TestNode node = connect("n1", Map.of());
    node.accept();
    ManagedChannel one = channel(token("n1"));
    ManagedChannel two = channel(token("n2"));
    Files.delete(folder.resolve("web.yaml"));
    write("web.yaml", Yaml.pod("web", "web", "n2").replace("uid-web", "uid-again"));

    Resource again =
        node.receiveUntil("workload/shop/web").getUpsertedList().stream()
            .filter(resource -> resource.getName().equals("workload/shop/web"))
            .findFirst()
            .orElseThrow();
    assertThat(again.getWorkload().getUid()).isEqualTo("uid-again");
    assertThat(again.getWorkload().getNode()).isEqualTo("n2");
    assertThat(signing(two, "web")).as("before the node asks").isEqualTo(Status.Code.OK);
    assertThat(signing(one, "web")).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void fromFileToUpdateInMilliseconds() throws Exception {
    TestNode node = connect("n1", Map.of());
    node.accept();
    List<Long> micros = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Path next = run.resolve("next");
      Files.writeString(next, Yaml.meshConfig("step-" + i + ":4317"));
      long before = System.nanoTime();
      Files.move(next, folder.resolve("mesh.yaml"), StandardCopyOption.ATOMIC_MOVE);
      node.accept();
      micros.add((System.nanoTime() - before) / 1000);
    }
    micros.sort(null);
    System.out.println(
        "file to update, us: median " + micros.get(25) + ", max " + micros.getLast());

    assertThat(micros.get(25)).isLessThan(500_000);
  }

  @Test
  void itsOwnCertificateIsRenewed() throws Exception {
    controlPlane.close();
    controlPlane = ControlPlane.start(options(Duration.ofSeconds(2)));
    TestNode early = connect("n1", Map.of());
    early.accept();
    Instant first = Instant.now();
    await().until(() -> Instant.now().isAfter(first.plusSeconds(3)));

    connect("n2", Map.of()).accept();
    write("mesh.yaml", Yaml.meshConfig("later:4317"));
    early.accept();
  }

  @Test
  void manyRoutesAreTranslatedOnce() throws Exception {
    int routes = 500;
    write("service.yaml", Yaml.service("web"));
    StringBuilder all = new StringBuilder();
    for (int i = 1; i < routes; i++) {
      all.append(Yaml.route("r" + i, "web", 1)).append("---\n");
    }
    write("routes.yaml", all.toString());
    write("route0.yaml", Yaml.route("r0", "web", 1));
    awaitFile("status/httproute.shop.r0.yaml");
    awaitFile("status/httproute.shop.r" + (routes - 1) + ".yaml");
    TestNode node = connect("n1", Map.of());
    assertThat(node.accept().getUpsertedCount()).isGreaterThan(routes);
    List<Long> micros = new ArrayList<>();
    for (int i = 2; i < 42; i++) {
      Path next = run.resolve("next");
      Files.writeString(next, Yaml.route("r0", "web", i));
      long before = System.nanoTime();
      Files.move(next, folder.resolve("route0.yaml"), StandardCopyOption.ATOMIC_MOVE);
      assertThat(TestNode.names(node.accept())).containsExactly("httproute/shop/r0");
      micros.add((System.nanoTime() - before) / 1000);
    }
    micros.sort(null);
    System.out.println(
        "one of 500 routes, us: median " + micros.get(20) + ", max " + micros.getLast());
  }

  @Test
  void aSecondControlPlaneOnThePortSaysSo() {
    ControlPlaneOptions taken =
        ControlPlaneOptions.of(
            folder,
            run.resolve("second"),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), controlPlane.port()),
            MESH);

    assertThatThrownBy(() -> ControlPlane.start(taken))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(String.valueOf(controlPlane.port()));
  }

  private TestNode connect(String node, Map<String, String> held) throws Exception {
    return TestNode.connect(channel(token(node)), node, held);
  }

  private ManagedChannel channel(String token) throws Exception {
    ManagedChannel channel =
        TestNode.channel(controlPlane.port(), run.resolve("control-plane/ca.pem"), token);
    channels.add(channel);
    return channel;
  }

  private String token(String node) throws IOException {
    return Files.readString(run.resolve("control-plane/tokens").resolve(node)).strip();
  }

  private X509Certificate root() throws Exception {
    try (var in = Files.newInputStream(run.resolve("control-plane/ca.pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private void awaitFile(String name) {
    await().until(() -> Files.exists(run.resolve(name)));
  }

  private void awaitStatus(String object, String text) {
    await()
        .ignoreException(NoSuchFileException.class)
        .untilAsserted(() -> assertThat(status(object)).contains(text));
  }

  private String status(String object) throws IOException {
    return Files.readString(run.resolve("status").resolve(object + ".yaml"));
  }

  private static Status.Code signing(ManagedChannel channel, String account) throws Exception {
    return signing(channel, "shop", account);
  }

  private static Status.Code signing(ManagedChannel channel, String namespace, String account)
      throws Exception {
    try {
      return sign(channel, namespace, account).getChainCount() == 1
          ? Status.Code.OK
          : Status.Code.INTERNAL;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  private static SignResponse sign(ManagedChannel channel, String account) throws Exception {
    return sign(channel, "shop", account);
  }

  private static SignResponse sign(ManagedChannel channel, String namespace, String account)
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    byte[] csr =
        CertificateRequest.create(
            new WorkloadIdentity(MESH, namespace, account), keys, new SecureRandom());
    return CertificateAuthorityGrpc.newBlockingStub(channel)
        .sign(SignRequest.newBuilder().setCsr(ByteString.copyFrom(csr)).build());
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }
}
