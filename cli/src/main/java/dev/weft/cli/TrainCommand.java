package dev.weft.cli;

import dev.weft.cli.demo.DemoFolder;
import dev.weft.cli.echo.EchoOptions;
import dev.weft.cli.echo.EchoServer;
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
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code weft train}: does a little of everything once, so that a JVM that runs with {@code
 * -XX:AOTCacheOutput} (JEP 514) learns which classes the other commands load. Touches nothing but
 * loopback and a temporary folder.
 */
@Command(
    name = "train",
    hidden = true,
    description = "Do a little of everything, for an AOT cache.")
final class TrainCommand implements Callable<Integer> {
  @Parameters(arity = "0..1", paramLabel = "DIR", description = "manifests to translate")
  private Path manifests = Path.of("examples", "demo");

  @Override
  public Integer call() throws Exception {
    Path work = Files.createTempDirectory("weft-train");
    DemoFolder.prepare(manifests, work.resolve("manifests"), work.resolve("scratch"));
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
    return 0;
  }

  private static int port(EchoServer echo, String protocol) {
    return echo.ports().getOrDefault(protocol, List.of()).getFirst();
  }

  private static void load(String url) {
    new CommandLine(new LoadCommand()).execute(url, "--rate", "200", "--duration", "200ms");
  }

  private static ControlPlane controlPlane(Path work) throws IOException {
    return ControlPlane.start(
        ControlPlaneOptions.of(
            work.resolve("manifests"),
            work.resolve("run"),
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
            TrustDomain.parse("cluster.local")));
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
   * Goes as far as a node gets without a BPF file system, which is before it touches the network.
   */
  private static void node(Path work, int controlPlane) throws IOException {
    Path run = work.resolve("run").resolve("control-plane");
    NodeOptions options =
        new NodeOptions(
            "train",
            Ipv4.parse("127.0.0.1"),
            "lo",
            Prefix.parse("10.255.255.0/24"),
            "127.0.0.1",
            controlPlane,
            run.resolve("ca.pem"),
            run.resolve("tokens").resolve("train"),
            work.resolve("node"),
            work.resolve("no-bpf"),
            1);
    try (NodeProcess process = NodeProcess.start(options)) {
      throw new IllegalStateException(
          "a node runs without a BPF file system: " + process.hashCode());
    } catch (dev.weft.datapath.DatapathException e) {
      System.err.println("trained as far as: " + e.getMessage());
    }
  }
}
