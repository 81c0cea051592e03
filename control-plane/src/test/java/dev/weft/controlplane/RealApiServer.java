package dev.weft.controlplane;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real etcd and a real kube-apiserver on loopback, out of the conformance cluster's cache: {@code
 * conformance/cluster build} makes them. Tests that need it say {@code @EnabledIf} {@link
 * #available}.
 */
final class RealApiServer implements AutoCloseable {
  private static final String TOKEN = "admin-token-of-the-test";

  private final Path folder;
  private final Path programs;
  private final int etcdPort = freePort();
  private final int port = freePort();
  private final Process etcd;
  private Process server;

  RealApiServer(Path folder) throws Exception {
    this.folder = folder;
    this.programs = Objects.requireNonNull(cached("kube-")).toAbsolutePath();
    Files.writeString(folder.resolve("tokens"), TOKEN + ",admin,admin,\"system:masters\"\n");
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    Files.writeString(
        folder.resolve("sa.key"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder()
                .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    int peer = freePort();
    etcd =
        start(
            "etcd",
            "--data-dir=" + folder.resolve("etcd"),
            "--unsafe-no-fsync",
            "--listen-client-urls=http://127.0.0.1:" + etcdPort,
            "--advertise-client-urls=http://127.0.0.1:" + etcdPort,
            "--listen-peer-urls=http://127.0.0.1:" + peer,
            "--initial-advertise-peer-urls=http://127.0.0.1:" + peer,
            "--initial-cluster=default=http://127.0.0.1:" + peer);
    server = startServer();
    awaitReady();
  }

  /** Whether the programs are there. */
  static boolean available() {
    Path kube = cached("kube-");
    return kube != null && Files.isExecutable(kube.resolve("kube-apiserver"));
  }

  private static @Nullable Path cached(String prefix) {
    String cache = System.getenv("WEFT_CACHE");
    Path folder =
        cache != null
            ? Path.of(cache, "cluster")
            : Path.of(System.getProperty("user.home"), ".cache", "weft", "cluster");
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, prefix + "*")) {
      for (Path each : found) {
        if (Files.isDirectory(each)) {
          return each;
        }
      }
      return null;
    } catch (IOException e) {
      return null;
    }
  }

  /** A client that may do everything, at the server itself. */
  KubernetesClient client() {
    return client(port, Duration.ofMinutes(1));
  }

  /** The same through another port, for example one that can be cut. */
  KubernetesClient client(int through, Duration patience) {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://127.0.0.1:" + through)
            .withOauthToken(TOKEN)
            .withTrustCerts(true)
            .withRequestTimeout((int) patience.toMillis())
            .withConnectionTimeout(2_000)
            .withRequestRetryBackoffLimit(0)
            .withWatchReconnectInterval(50)
            .build();
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  int port() {
    return port;
  }

  /** Installs the Gateway API's definitions and Weft's. */
  void installDefinitions(KubernetesClient client) throws IOException {
    List<Path> files = new ArrayList<>();
    files.add(Objects.requireNonNull(cached("suite-")).resolve("gateway-api.yaml"));
    try (DirectoryStream<Path> own =
        Files.newDirectoryStream(Path.of("..", "charts", "weft", "crds"))) {
      own.forEach(files::add);
    }
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file)) {
        client.load(in).items().stream()
            .filter(item -> item.getKind().equals("CustomResourceDefinition"))
            .forEach(item -> client.resource(item).forceConflicts().serverSideApply());
      }
    }
  }

  /** Makes watches that stand before now expire. */
  void forgetThePast() throws Exception {
    long revision = Long.parseLong(field(etcd("/v3/kv/range", "{\"key\":\"AA==\"}"), "revision"));
    etcd("/v3/kv/compaction", "{\"revision\":\"" + revision + "\",\"physical\":true}");
  }

  private String etcd(String path, String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + etcdPort + path))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }

  private static String field(String json, String name) {
    return json.replaceAll("(?s).*\"" + name + "\":\"(\\d+)\".*", "$1");
  }

  void stop() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }

  void startAgain() throws IOException {
    server = startServer();
    awaitReady();
  }

  private Process startServer() throws IOException {
    return start(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--bind-address=127.0.0.1",
        "--secure-port=" + port,
        "--cert-dir=" + folder.resolve("certificates"),
        "--token-auth-file=" + folder.resolve("tokens"),
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--api-audiences=https://kubernetes.default.svc",
        "--service-account-key-file=" + folder.resolve("sa.key"),
        "--service-account-signing-key-file=" + folder.resolve("sa.key"));
  }

  private Process start(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(programs.resolve(program).toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(program + ".log").toFile())
        .start();
  }

  private void awaitReady() {
    try (KubernetesClient client = client()) {
      await()
          .atMost(Duration.ofMinutes(2))
          .ignoreException(KubernetesClientException.class)
          .until(() -> client.namespaces().withName("default").get() != null);
    }
  }

  @Override
  public void close() {
    server.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
    etcd.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
