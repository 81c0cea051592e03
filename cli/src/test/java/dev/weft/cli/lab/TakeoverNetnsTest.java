package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A Gateway's address outlives the node that answers for it. Seen from outside of the nodes. */
@Tag("netns")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TakeoverNetnsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectRef EDGE = new ObjectRef(Kind.GATEWAY, "shop", "edge");

  /** Pods of a namespace that is not in the mesh are reached without the proxy of their node. */
  private static final String MANIFESTS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop, labels: {weft.dev/mtls: disabled}}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: shop}
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
              - name: web
                image: weft/echo
                args: [--http, "8080"]
                ports: [{containerPort: 8080}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        selector: {app: web}
        ports: [{port: 80, targetPort: 8080}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop}
      spec:
        gatewayClassName: weft
        listeners: [{name: http, protocol: HTTP, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: web, namespace: shop}
      spec:
        parentRefs: [{name: edge}]
        rules: [{backendRefs: [{name: web, port: 80}]}]
      """;

  private final Ip ip = new Ip();
  private final LabDiary diary = new LabDiary();
  private Lab lab;
  private String address;
  private @Nullable LabNode known;

  @BeforeAll
  void up(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("all.yaml"), MANIFESTS);
    lab = Lab.up(new LabOptions(folder, 2, LabOptions.DEFAULT_RUN), diary);
    assertThat(lab.awaitReady(PATIENCE)).as("%s", diary.entries()).isEmpty();
    assertThat(diary.refusals()).isEmpty();
    await().atMost(PATIENCE).until(() -> !gatewayAddress().isEmpty());
    address = gatewayAddress();
    await().atMost(PATIENCE).until(() -> Visits.visit(address).equals("200"));
    // Both nodes were heard: nobody is away, and who answers is settled.
    await().atMost(PATIENCE).until(() -> log(announcer()).contains("this node answers for"));
  }

  @AfterAll
  void down() {
    if (lab != null) {
      lab.close();
    }
  }

  private String gatewayAddress() {
    ObjectStatus status = lab.status(EDGE);
    return status instanceof ObjectStatus.OfGateway gateway && !gateway.addresses().isEmpty()
        ? gateway.addresses().getFirst().value()
        : "";
  }

  /** The node whose device outside knows, or remembers, for the address. */
  private LabNode announcer() {
    String neighbour = ip.ip("neigh", "show", address, "dev", Underlay.HOST_LINK);
    lab.nodes().stream()
        .filter(node -> neighbour.contains(mac(node)))
        .findFirst()
        .ifPresent(node -> known = node);
    return Objects.requireNonNull(known, "nobody answered");
  }

  private String mac(LabNode node) {
    String link = ip.ip("-n", node.namespace(), "-br", "link", "show", Underlay.UPLINK);
    return link.strip().split("\\s+", -1)[2];
  }

  private String log(LabNode node) throws Exception {
    return Files.readString(lab.paths().log(node.name()));
  }

  @Test
  @Order(1)
  void staysWhereItIsWithoutControlPlane() throws Exception {
    LabNode before = announcer();
    try (Visits visits = new Visits(address)) {
      visits.awaitGood(100);
      lab.killControlPlane();
      visits.awaitGood(500);
      lab.startControlPlane();
      Path log = lab.paths().log("control-plane");
      await()
          .atMost(PATIENCE)
          .until(() -> Files.readString(log).split("is connected", -1).length > 4);
      visits.awaitGood(500);
      assertThat(visits.failures()).isEmpty();
    }
    assertThat(announcer()).isEqualTo(before);
  }

  @Test
  @Order(2)
  void movesWhenItsNodesProcessIsKilled() throws Exception {
    LabNode victim = announcer();
    int usedBefore;
    try (Visits visits = new Visits(address);
        Visits.Visitor closed = new Visits.Visitor(address)) {
      visits.awaitGood(100);
      usedBefore = closed.portThatTheyClosed();
      lab.killNode(victim);
      visits.awaitFailure();
      visits.awaitGood(1_000);
      System.out.println("killed: " + visits.outage());
      assertThat(announcer()).isNotEqualTo(victim);
    }
    try (Visits.Visitor open = new Visits.Visitor(address);
        Visits.Visitor again = new Visits.Visitor(address, usedBefore)) {
      assertThat(open.ask("/", "")).isEqualTo("200");
      assertThat(again.ask("/", "")).isEqualTo("200");
      lab.startNode(victim);
      await().atMost(PATIENCE).until(() -> announcer().equals(victim));
      assertThat(open.ask("/", "")).as("on a connection of the node that lost it").isEqualTo("200");
      assertThat(again.ask("/", ""))
          .as("where the node that is back still keeps the end of an older connection")
          .isEqualTo("200");
    }
  }

  @Test
  @Order(3)
  void movesWhenItsNodeIsCutOff() {
    LabNode victim = announcer();
    cable(victim, "down");
    await().atMost(PATIENCE).until(() -> !announcer().equals(victim));
    cable(victim, "up");
    await().atMost(PATIENCE).until(() -> announcer().equals(victim));
    await().atMost(PATIENCE).until(() -> Visits.visit(address).equals("200"));
  }

  private void cable(LabNode node, String state) {
    ip.batch(Underlay.SWITCH, List.of("link set " + Lab.switchPort(node) + " " + state));
  }

  @Test
  @Order(4)
  void movesBeforeItsNodesProcessEnds() throws Exception {
    LabNode leaving = announcer();
    try (Visits visits = new Visits(address);
        Visits.Visitor slow = new Visits.Visitor(address)) {
      visits.awaitGood(100);
      CompletableFuture<String> underWay =
          CompletableFuture.supplyAsync(
              () -> slow.ask("/?latency=4s", ""), work -> Thread.ofVirtual().start(work));
      ProcessHandle process = ProcessHandle.of(lab.pid(leaving)).orElseThrow();
      process.destroy();
      await().atMost(PATIENCE).until(() -> !announcer().equals(leaving));
      System.out.println("moved " + (underWay.isDone() ? "after" : "under") + " a request");
      assertThat(underWay).succeedsWithin(PATIENCE).isEqualTo("200");
      process.onExit().join();
      visits.awaitGood(1_000);
      System.out.println("left: " + visits.outage());
      assertThat(announcer()).isNotEqualTo(leaving);
      assertThat(visits.failures()).isEmpty();
    }
  }
}
