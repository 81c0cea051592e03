package dev.weft.cli;

import dev.weft.cli.demo.DemoFolder;
import dev.weft.cli.echo.EchoOptions;
import dev.weft.cli.echo.EchoServer;
import dev.weft.cli.lab.LabView;
import dev.weft.cli.load.LoadCommand;
import dev.weft.controlplane.ControlPlane;
import dev.weft.controlplane.ControlPlaneOptions;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import dev.weft.node.NodeOptions;
import dev.weft.node.NodeProcess;
import dev.weft.node.StandaloneProxy;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code weft train}: does a little of everything once, so that a JVM that runs with {@code
 * -XX:AOTCacheOutput} (JEP 514) learns which classes the other commands load. Touches nothing but
 * loopback, a temporary folder, and with {@code --bpf} the network namespace it runs in.
 */
@Command(
    name = "train",
    hidden = true,
    description = "Do a little of everything, for an AOT cache.")
final class TrainCommand implements Callable<Integer> {
  private static final String NODE = "train";

  /**
   * TEST-NET-1 (RFC 5737); the launcher gives it to the device "uplink" of a namespace of its own.
   */
  private static final String UPLINK_ADDRESS = "192.0.2.1";

  private static final Duration CONFIGURATION_AND_CERTIFICATE = Duration.ofSeconds(2);

  @Option(
      names = "--bpf",
      paramLabel = "DIR",
      description =
          "a BPF file system; needs root and a network namespace with a device \"uplink\"")
  private @Nullable Path bpf;

  @Parameters(arity = "0..1", paramLabel = "DIR", description = "manifests to translate")
  private Path manifests = Path.of("examples", "demo");

  @Override
  public Integer call() throws Exception {
    Path work = Files.createTempDirectory("weft-train");
    try {
      train(work);
    } finally {
      LabView.removeTree(work);
    }
    return 0;
  }

  private void train(Path work) throws Exception {
    DemoFolder.prepare(manifests, work.resolve("manifests"), work.resolve("scratch"));
    pod(work.resolve("manifests"));
    EchoOptions options =
        new EchoOptions(
            "train",
            "v1",
            new EchoOptions.Ports(List.of(0), List.of(), List.of(0), List.of(), List.of()),
            EchoOptions.Behaviour.PLAIN,
            null);
    try (EchoServer echo = EchoServer.start(options);
        ControlPlane controlPlane = controlPlane(work)) {
      int http = port(echo, "http");
      load("http://127.0.0.1:" + http + "/");
      load("tcp://127.0.0.1:" + port(echo, "tcp"));
      proxy(http);
      node(work, controlPlane.port());
    }
  }

  private static int port(EchoServer echo, String protocol) {
    return echo.ports().getOrDefault(protocol, List.of()).getFirst();
  }

  private static void load(String url) {
    new CommandLine(new LoadCommand()).execute(url, "--rate", "200", "--duration", "200ms");
  }

  private static ControlPlane controlPlane(Path work) throws IOException {
    return ControlPlane.start(
        new ControlPlaneOptions(
            work.resolve("manifests"),
            work.resolve("run"),
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
            List.of(),
            TrustDomain.parse("cluster.local"),
            List.of(NODE),
            Duration.ofHours(1)));
  }

  private static void proxy(int backend) throws IOException {
    int port = freePort();
    try (StandaloneProxy proxy =
        StandaloneProxy.start(
            List.of(
                new StandaloneProxy.Front(
                    "train", port, backend, StandaloneProxy.Speaks.HTTP, 1, true)),
            List.of(),
            "")) {
      load("http://127.0.0.1:" + port + "/");
      System.err.println("trained " + proxy.getClass().getSimpleName());
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /**
   * With a BPF file system: a node with its programs, its configuration and a signed certificate.
   * Without: as far as a node gets, which is before it touches the network.
   */
  private void node(Path work, int controlPlane) throws IOException, InterruptedException {
    Path run = work.resolve("run").resolve("control-plane");
    NodeOptions options =
        new NodeOptions(
            NODE,
            Ipv4.parse(UPLINK_ADDRESS),
            "uplink",
            Prefix.parse("10.255.255.0/24"),
            new NodeOptions.ControlPlane(
                List.of(InetSocketAddress.createUnresolved("127.0.0.1", controlPlane)),
                Optional.empty(),
                "127.0.0.1",
                run.resolve("ca.pem"),
                run.resolve("tokens").resolve(NODE)),
            work.resolve("node"),
            bpf == null ? work.resolve("no-bpf") : bpf,
            Optional.empty(),
            Optional.empty(),
            1);
    try (NodeProcess process = NodeProcess.start(options)) {
      Thread.sleep(CONFIGURATION_AND_CERTIFICATE);
      System.err.println("trained " + process.getClass().getSimpleName());
    } catch (dev.weft.datapath.DatapathException e) {
      System.err.println("trained as far as: " + e.getMessage());
    }
  }

  /** A pod for which the node wants a certificate. */
  private static void pod(Path manifests) throws IOException {
    Files.writeString(
        manifests.resolve("train.yaml"),
        """
        apiVersion: v1
        kind: Node
        metadata: {name: %1$s}
        spec: {podCIDR: 10.255.255.0/24}
        status: {addresses: [{type: InternalIP, address: %2$s}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: train, namespace: shop}
        spec: {nodeName: %1$s, serviceAccountName: default, containers: [{name: train, image: weft/echo}]}
        """
            .formatted(NODE, UPLINK_ADDRESS));
  }
}
