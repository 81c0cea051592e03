package dev.weft.cli.train;

import dev.weft.api.v1.AttachRequest;
import dev.weft.cli.lab.AttachClient;
import dev.weft.cli.lab.LabClock;
import dev.weft.cli.train.Meeting.Event;
import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathException;
import dev.weft.flows.Telemetry;
import dev.weft.identity.Svid;
import dev.weft.node.NodeOptions;
import dev.weft.node.NodeProcess;
import dev.weft.node.StandaloneProxy;
import dev.weft.proxy.MeshProxy;
import dev.weft.routing.ProxyTables;
import io.netty.handler.codec.http2.Http2FrameCodec;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node's first start, a pod, its requests, an edit of a route, and the start after a crash; last,
 * what these did not reach of the jars that serve requests, such as tunnels between nodes. Without
 * a BPF file system as far as a node gets, which is before it touches the network.
 */
public final class NodeTraining {
  static final String NODE = "train";

  /** The pod's name, and of its network namespace, which the launcher makes. */
  static final String POD = "train";

  /** Of the pod. */
  static final String NAMESPACE = "shop";

  /**
   * TEST-NET-1 (RFC 5737); the launcher gives it to the device "uplink" of a namespace of its own.
   */
  static final String ADDRESS = "192.0.2.1";

  static final String POD_NETWORK = "10.255.255.0/24";

  /**
   * Enough for the certificate, telemetry's first export, and what else has no event of its own.
   */
  private static final Duration SETTLING = Duration.ofSeconds(2);

  private static final int HEALTH_PORT = 15021;
  private static final int METRICS_PORT = 15020;

  private final NodeOptions options;

  /** Reads what a launcher starts a node with. */
  @FunctionalInterface
  public interface CommandLineReader {
    /** Empty for what is not plain settings. */
    Optional<NodeOptions> read(String[] arguments) throws IOException;
  }

  private NodeTraining(NodeOptions options) {
    this.options = options;
  }

  /**
   * Returns when the node has ended.
   *
   * @param bpf a BPF file system, for root in a network namespace with a device "uplink"
   * @param reader of a node's command line
   */
  public static void run(Meeting meeting, @Nullable Path bpf, CommandLineReader reader)
      throws IOException, InterruptedException {
    try {
      int controlPlane = meeting.await(Event.CONTROL_PLANE);
      requests(meeting);
      NodeTraining training =
          new NodeTraining(reader.read(commandLine(meeting, controlPlane, bpf)).orElseThrow());
      training.firstStart(meeting.manifests());
      training.secondStart();
    } catch (DatapathException e) {
      System.err.println("trained as far as: " + e.getMessage());
    } finally {
      Jars.load(List.of(MeshProxy.class, ProxyTables.class, Datapath.class, Svid.class));
      Jars.load(List.of(NodeProcess.class, Telemetry.class, Http2FrameCodec.class));
      meeting.tell(Event.DONE, 0);
    }
  }

  private static String[] commandLine(Meeting meeting, int controlPlane, @Nullable Path bpf) {
    Path own = meeting.run().resolve("control-plane");
    Path none = meeting.folder().resolve("no-bpf");
    return new String[] {
      "--name",
      NODE,
      "--address",
      ADDRESS,
      "--uplink",
      "uplink",
      "--pod-network",
      POD_NETWORK,
      "--control-plane",
      "127.0.0.1:" + controlPlane,
      "--trust",
      own.resolve("ca.pem").toString(),
      "--token",
      own.resolve("tokens").resolve(NODE).toString(),
      "--run",
      meeting.folder().resolve("node").toString(),
      "--bpf",
      (bpf == null ? none : bpf).toString(),
      "--event-loops",
      "1"
    };
  }

  private static void requests(Meeting meeting) throws IOException, InterruptedException {
    int backend = meeting.await(Event.ECHO);
    int port = freePort();
    try (StandaloneProxy proxy =
        StandaloneProxy.start(
            List.of(
                new StandaloneProxy.Front(
                    "train", port, backend, StandaloneProxy.Speaks.HTTP, 1, true)),
            List.of(),
            "127.0.0.1:" + meeting.await(Event.MANIFESTS))) {
      meeting.tell(Event.PROXY, port);
      meeting.await(Event.LOADED);
      System.err.println("trained " + proxy.getClass().getSimpleName());
    }
  }

  /** A port that nobody has at this moment. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void firstStart(Path manifests) throws IOException, InterruptedException {
    try (NodeProcess process = NodeProcess.start(options)) {
      new AttachClient(NodeOptions.attachSocket(options.run()))
          .ask(
              AttachRequest.newBuilder()
                  .setAdd(
                      AttachRequest.Add.newBuilder()
                          .setContainerId(POD)
                          .setNetns("/run/netns/" + POD)
                          .setInterface("eth0")
                          .setPodNamespace(NAMESPACE)
                          .setPodName(POD)
                          .setPodUid(POD))
                  .build());
      look("first start", process);
      edit(manifests.resolve("11-web-route.yaml"));
      look("first edit", process);
    }
  }

  /** With everything that the first one kept. */
  private void secondStart() throws IOException, InterruptedException {
    try (NodeProcess process = NodeProcess.start(options)) {
      look("second start", process);
    }
  }

  /** Everything goes to the second version; written aside and moved, so that it is read whole. */
  private static void edit(Path route) throws IOException {
    Path draft = route.resolveSibling("route.new");
    String before = Files.readString(route);
    String after = before.replace("weight: 90", "weight: 0").replace("weight: 10", "weight: 100");
    if (after.equals(before)) {
      throw new IOException("nothing to edit in " + route);
    }
    Files.writeString(draft, after);
    Files.move(draft, route, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void look(String what, NodeProcess process)
      throws IOException, InterruptedException {
    LabClock.pause(SETTLING);
    System.err.println("trained a " + what + " of " + process.getClass().getSimpleName());
    System.err.println("  health: " + get(HEALTH_PORT, "/healthz/ready"));
    System.err.println("  metrics: " + get(METRICS_PORT, "/metrics"));
  }

  /** How many bytes are answered. */
  private static int get(int port, String path) throws IOException {
    try (InputStream body = URI.create("http://127.0.0.1:" + port + path).toURL().openStream()) {
      return body.readAllBytes().length;
    }
  }
}
