package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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

/** A TCPRoute's connections cost the proxies nothing, and outlive them. Seen from outside. */
@Tag("netns")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GatewayStreamsNetnsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MANY = 400;

  private static final String MANIFESTS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop}
      spec:
        gatewayClassName: weft
        listeners: [{name: lines, protocol: TCP, port: 7000}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: TCPRoute
      metadata: {name: lines, namespace: shop}
      spec:
        parentRefs: [{name: edge}]
        rules:
          - backendRefs:
              - {name: blue, port: 70, weight: 3}
              - {name: green, port: 70, weight: 1}
      """;

  private static final String SERVER =
      """
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: NAME, namespace: shop}
      spec:
        replicas: 2
        selector: {matchLabels: {app: NAME}}
        template:
          metadata: {labels: {app: NAME}}
          spec:
            containers:
              - name: lines
                image: weft/echo
                args: [--name, NAME, --server-first, "7000"]
                ports: [{containerPort: 7000}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: NAME, namespace: shop}
      spec:
        selector: {app: NAME}
        ports: [{port: 70, targetPort: 7000}]
      """;

  /** Asked by the proxy, and refuses nobody. */
  private static final String POLICY =
      """
      ---
      apiVersion: weft.dev/v1alpha1
      kind: AuthorizationPolicy
      metadata: {name: edge, namespace: shop}
      spec:
        targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
        action: ALLOW
        rules: [{to: [{operation: {ports: ["7000"]}}]}]
      """;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Ip ip = new Ip();
  private Path folder;
  private Lab lab;
  private String address;
  private @Nullable LabNode known;

  /** A connection, and the name of the server that greeted it. */
  static final class Line implements AutoCloseable {
    private final Socket socket = new Socket();
    private final BufferedReader in;
    final String server;

    Line(String address) throws IOException {
      socket.setSoTimeout(20_000);
      socket.connect(new InetSocketAddress(address, 7000), 2_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String greeting = Objects.requireNonNullElse(in.readLine(), "closed");
      server = greeting.contains("blue") ? "blue" : greeting.contains("green") ? "green" : greeting;
    }

    void assertLives() throws IOException {
      socket.getOutputStream().write("again\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(in.readLine()).isEqualTo("again");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @BeforeAll
  void up(@TempDir Path files) throws Exception {
    folder = files;
    String all = MANIFESTS + SERVER.replace("NAME", "blue") + SERVER.replace("NAME", "green");
    Files.writeString(folder.resolve("all.yaml"), all);
    lab = Lab.up(new LabOptions(folder, 2, LabOptions.DEFAULT_RUN), new Quiet());
    assertThat(lab.awaitReady(PATIENCE)).isEmpty();
    await().atMost(PATIENCE).until(() -> !gatewayAddress().isEmpty());
    address = gatewayAddress();
    await().atMost(PATIENCE).ignoreExceptions().until(this::isForwarded);
    await().atMost(PATIENCE).until(() -> log(announcer()).contains("this node answers for"));
  }

  @AfterAll
  void down() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  @Order(1)
  void sharesByWeightWithoutTheProxies() throws Exception {
    long before = accepted();
    int blue = 0;
    for (int i = 0; i < MANY; i++) {
      try (Line line = new Line(address)) {
        assertThat(line.server).isIn("blue", "green");
        blue += line.server.equals("blue") ? 1 : 0;
      }
    }
    assertThat(blue).isBetween(MANY * 3 / 4 - 45, MANY * 3 / 4 + 45); // five sigma
    assertThat(accepted()).isEqualTo(before);
  }

  @Test
  @Order(2)
  void connectionsOutliveTheProcessOfTheirNode() throws Exception {
    LabNode victim = announcer();
    try (Line first = new Line(address)) {
      lab.killNode(victim);
      first.assertLives();
      await().atMost(PATIENCE).until(() -> !announcer().equals(victim));
      first.assertLives();
      try (Line second = new Line(address)) {
        lab.startNode(victim);
        await().atMost(PATIENCE).until(() -> announcer().equals(victim));
        first.assertLives();
        second.assertLives();
      }
    }
    await().atMost(PATIENCE).ignoreExceptions().until(this::isForwarded);
  }

  @Test
  @Order(3)
  void aPolicyIsTheProxys() throws Exception {
    try (Line before = new Line(address)) {
      Files.writeString(folder.resolve("policy.yaml"), POLICY);
      await().atMost(PATIENCE).until(() -> !isForwarded());
      before.assertLives();
    }
  }

  /** Whether a new connection is no proxy's. */
  private boolean isForwarded() throws Exception {
    long before = accepted();
    try (Line line = new Line(address)) {
      assertThat(line.server).isIn("blue", "green");
      line.assertLives();
    }
    return accepted() == before;
  }

  /** Connections that the proxies have accepted. */
  private long accepted() throws Exception {
    long sum = 0;
    for (LabNode node : lab.nodes()) {
      URI metrics = URI.create("http://" + node.address() + ":15020/metrics");
      String body =
          http.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString())
              .body();
      List<String> lines =
          body.lines().filter(line -> line.startsWith("weft_proxy_connections_total{")).toList();
      assertThat(lines).isNotEmpty();
      for (String line : lines) {
        sum += (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return sum;
  }

  private String gatewayAddress() {
    return lab.status(new ObjectRef(Kind.GATEWAY, "shop", "edge"))
                instanceof ObjectStatus.OfGateway gateway
            && !gateway.addresses().isEmpty()
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

  private String log(LabNode node) throws IOException {
    return Files.readString(lab.paths().log(node.name()));
  }

  private record Quiet() implements LabListener {
    @Override
    public void progress(String text) {}

    @Override
    public void event(String text) {}

    @Override
    public void refused(List<Refusal> all) {
      throw new AssertionError(all);
    }

    @Override
    public void taken(int objects) {}
  }
}
