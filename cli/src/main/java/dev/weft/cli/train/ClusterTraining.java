package dev.weft.cli.train;

import dev.weft.cli.lab.LabClock;
import dev.weft.resources.Kind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What Kubernetes starts beside nodes: a control plane's replica and a node's bootstrap, both
 * clients of an API server; and a control plane that a node talks to.
 */
public final class ClusterTraining {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LOOPBACK = "127.0.0.1";
  private static final String NAMESPACE = "weft-system";
  private static final String GATEWAY_API = "/apis/gateway.networking.k8s.io/v1";

  private ClusterTraining() {}

  /** A command of {@code weft}. */
  @FunctionalInterface
  public interface Program {
    /** Returns its exit status. */
    int run(String... arguments);
  }

  /**
   * Returns when the node has ended; the replica ends with the process.
   *
   * @param replica {@code weft control-plane}
   * @param bootstrap {@code weft bootstrap}
   */
  public static void run(Meeting meeting, Program replica, Program bootstrap)
      throws IOException, InterruptedException {
    ControlPlaneTraining.run(meeting, () -> play(meeting.folder(), replica, bootstrap));
  }

  private static void play(Path folder, Program replica, Program bootstrap)
      throws IOException, InterruptedException {
    useStub(folder.resolve("api-server.pem"));
    // A real API server speaks HTTP/2, which the JDK's client knows and the JDK's server does not.
    Jars.loadModule("java.net.http");
    // The client library looks at all that it knows when a node's token is the first to be
    // reviewed.
    Jars.loadServices("io.fabric8.kubernetes.api.model.KubernetesResource");
    int health = NodeTraining.freePort();
    String[] arguments = replica(health);
    Thread.ofPlatform().daemon().name("replica").start(() -> replica.run(arguments));
    int status = bootstrap.run(bootstrap(folder));
    if (status != 0 || !LabClock.await(PATIENCE, () -> isReady(health))) {
      throw new IOException("the replica is not ready, or bootstrap ended with " + status);
    }
    System.err.println("trained a replica and a bootstrap");
  }

  /** Settings of the client library that stand above its surroundings. */
  private static void useStub(Path trust) throws IOException {
    StubApiServer server = new StubApiServer(trust, resources());
    fill(server);
    System.setProperty("kubernetes.auth.tryKubeConfig", "false");
    System.setProperty("kubernetes.master", server.url());
    System.setProperty("kubernetes.certs.ca.file", trust.toString());
    System.setProperty("kubernetes.auth.token", "train");
  }

  private static String[] replica(int health) throws IOException {
    return new String[] {
      "--kubernetes",
      "--replica=train",
      "--namespace=" + NAMESPACE,
      "--listen=" + LOOPBACK + ":" + NodeTraining.freePort(),
      "--health=" + LOOPBACK + ":" + health
    };
  }

  private static String[] bootstrap(Path folder) {
    return new String[] {
      "--node=" + NodeTraining.NODE,
      "--namespace=" + NAMESPACE,
      "--token=" + folder.resolve("token"),
      "--to=" + folder.resolve("bootstrap")
    };
  }

  private static boolean isReady(int health) {
    URI question = URI.create("http://" + LOOPBACK + ":" + health + "/healthz/ready");
    try {
      return question.toURL().openConnection() instanceof HttpURLConnection asked
          && asked.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException _) {
      return false;
    }
  }

  /** Every kind, under a plural of our own. */
  private static String resources() {
    return Arrays.stream(Kind.values())
        .map(
            kind ->
                "{\"name\":\"%s\",\"kind\":\"%s\",\"namespaced\":%s,\"verbs\":[]}"
                    .formatted(plural(kind), kind.kind(), kind.namespaced()))
        .collect(Collectors.joining(","));
  }

  private static String plural(Kind kind) {
    return kind.kind().toLowerCase(Locale.ROOT) + "s";
  }

  /** What bootstrap asks for, and enough of the Gateway API for a status and generated objects. */
  private static void fill(StubApiServer server) {
    server.put(
        "/api/v1/nodes/" + NodeTraining.NODE,
        """
        {"apiVersion":"v1","kind":"Node","metadata":{"name":"%s"},"spec":{"podCIDR":"%s"},
        "status":{"addresses":[{"type":"InternalIP","address":"%s"}]}}
        """
            .formatted(NodeTraining.NODE, NodeTraining.POD_NETWORK, NodeTraining.ADDRESS));
    server.put(
        "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices/train".formatted(NAMESPACE),
        """
        {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","addressType":"IPv4",
        "metadata":{"name":"train","namespace":"%s","labels":{"kubernetes.io/service-name":"weft-control-plane"}},
        "endpoints":[{"addresses":["192.0.2.1"],"conditions":{"ready":true}}],
        "ports":[{"name":"grpc","port":8443,"protocol":"TCP"}]}
        """
            .formatted(NAMESPACE));
    server.put(
        GATEWAY_API + "/" + plural(Kind.GATEWAY_CLASS) + "/weft",
        """
        {"apiVersion":"gateway.networking.k8s.io/v1","kind":"GatewayClass","metadata":{"name":"weft"},
        "spec":{"controllerName":"weft.dev/gateway-controller"}}
        """);
    server.put(
        GATEWAY_API + "/namespaces/default/" + plural(Kind.GATEWAY) + "/train",
        """
        {"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",
        "metadata":{"name":"train","namespace":"default"},
        "spec":{"gatewayClassName":"weft","listeners":[{"name":"http","port":80,"protocol":"HTTP"}]}}
        """);
  }
}
