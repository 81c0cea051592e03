package dev.weft.cli.lab;

import dev.weft.flows.receiver.OtlpReceiver;
import dev.weft.resources.KubeObject;
import dev.weft.resources.Node;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Refusal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Brings a lab up step by step; what was made before a step failed is removed again. */
final class LabBuilder {
  /** Long enough for every node to hear that an endpoint leaves, on a busy machine. */
  private static final Duration DRAIN = Duration.ofMillis(500);

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int OTLP_PORT = 4317;

  private final LabPaths paths;
  private final List<LabNode> nodes;
  private final LabListener listener;
  private final Ip ip = new Ip();
  private final Programs programs = Programs.ofThisProcess();
  private final Processes processes;
  private final MeshProcesses mesh;

  /** What has to be undone, latest first. */
  private final Deque<Runnable> undo = new ArrayDeque<>();

  private LabBuilder(LabPaths paths, List<LabNode> nodes, LabListener listener) {
    this.paths = paths;
    this.nodes = nodes;
    this.listener = listener;
    this.processes = new Processes(paths);
    this.mesh = new MeshProcesses(paths, programs, processes, listener::event);
  }

  static Lab up(LabOptions options, LabListener listener) throws Lab.RefusedException {
    LabPaths paths = new LabPaths(options.run().toAbsolutePath());
    Preconditions.check(paths);
    ManifestFolder folder = new ManifestFolder(options.folder());
    ManifestFolder.Content content = folder.read();
    if (!content.refusals().isEmpty()) {
      throw new Lab.RefusedException(content.refusals());
    }
    LabBuilder builder = new LabBuilder(paths, LabNode.first(options.nodes()), listener);
    try {
      return builder.build(folder);
    } catch (LabException | Lab.RefusedException e) {
      builder.undo.forEach(Runnable::run);
      throw e;
    }
  }

  private Lab build(ManifestFolder folder) throws Lab.RefusedException {
    Teardown teardown = new Teardown(ip, paths);
    if (Files.exists(paths.pid()) || !Underlay.namespaces(ip).isEmpty()) {
      listener.progress("removing what an earlier lab left");
      teardown.run();
    }
    undo.push(teardown::run);
    prepare();
    listener.progress("network of " + nodes.size() + " nodes");
    new Underlay(ip).up(nodes);
    LabLoop loop = loop(folder);
    undo.push(loop::stop);
    List<Refusal> refusals = loop.begin(nodes.stream().map(LabBuilder::object).toList());
    if (!refusals.isEmpty()) {
      throw new Lab.RefusedException(refusals);
    }
    listener.progress("control plane and node processes");
    undo.push(mesh::stopAll);
    mesh.startControlPlane(nodes);
    OtlpReceiver telemetry = telemetry();
    undo.push(telemetry::close);
    TraceServer traces = traces(telemetry);
    undo.push(traces::close);
    // They need what the control plane writes before it listens; both start at once from there.
    awaitCredentials();
    nodes.forEach(mesh::startNode);
    FolderWatch watch = FolderWatch.start(folder.path(), loop::folderChanged);
    loop.reconcileSoon();
    return new Lab(new LabParts(paths, nodes, ip, programs, mesh, telemetry, traces, loop, watch));
  }

  /** A node needs the root certificate and its token. */
  private void awaitCredentials() {
    try {
      boolean there =
          FileWatch.await(
              mesh.credentials(nodes), PATIENCE, () -> mesh.isRunning(MeshProcesses.CONTROL_PLANE));
      if (!there) {
        throw new LabException(
            "the control plane does not come up:\n"
                + MeshProcesses.tail(paths.log(MeshProcesses.CONTROL_PLANE)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while the control plane started", e);
    }
  }

  private LabLoop loop(ManifestFolder folder) {
    Map<String, AttachClient> clients = new HashMap<>();
    for (LabNode node : nodes) {
      clients.put(node.name(), new AttachClient(paths.attachSocket(node)));
    }
    ApiServer api =
        new ApiServer(
            new ObjectFiles(paths.objects(), paths.drafts()),
            LabClock::now,
            () -> UUID.randomUUID().toString(),
            Implied.objects(Underlay.HOST_ADDRESS + ":" + OTLP_PORT));
    return new LabLoop(
        new LabLoop.Parts(folder, api, new Scheduler(nodes)),
        new Kubelet.Tools(ip, paths, processes, clients, DRAIN),
        LabClock::now,
        listener);
  }

  private static OtlpReceiver telemetry() {
    try {
      return OtlpReceiver.start(new InetSocketAddress(Underlay.HOST_ADDRESS, OTLP_PORT));
    } catch (IOException e) {
      throw new LabException("cannot receive telemetry: " + e.getMessage(), e);
    }
  }

  private static TraceServer traces(OtlpReceiver telemetry) {
    try {
      return TraceServer.start(
          new InetSocketAddress(Underlay.HOST_ADDRESS, TraceServer.PORT), telemetry);
    } catch (IOException e) {
      throw new LabException("cannot show traces: " + e.getMessage(), e);
    }
  }

  private void prepare() {
    try {
      Files.createDirectories(paths.run());
      // Objects hold Secrets, the control plane's folder the CA's key.
      Files.setPosixFilePermissions(paths.run(), PosixFilePermissions.fromString("rwx------"));
      long pid = ProcessHandle.current().pid();
      Files.writeString(paths.pid(), pid + " " + ProcFs.startTime(pid).orElse(0) + "\n");
      for (Path folder :
          List.of(paths.objects(), paths.status(), paths.logs(), paths.drafts(), paths.bpf())) {
        Files.createDirectories(folder);
      }
      for (LabNode node : nodes) {
        Files.createDirectories(paths.node(node));
        Files.createDirectories(paths.token(node).getParent());
      }
      programs.install(paths.bin());
    } catch (IOException e) {
      throw new LabException("cannot prepare " + paths.run() + ": " + e.getMessage(), e);
    }
    // ip netns exec mounts a fresh /sys: the machine's own BPF file system would be out of sight.
    Commands.run(List.of("mount", "-t", "bpf", "bpf", paths.bpf().toString()), "");
    for (LabNode node : nodes) {
      try {
        Files.createDirectories(paths.bpf().resolve("weft-" + node.name()));
      } catch (IOException e) {
        throw new LabException("cannot make a folder for pins in " + paths.bpf(), e);
      }
    }
  }

  private static KubeObject object(LabNode node) {
    return new Node(
        ObjectMeta.of("", node.name())
            .withLabels(Map.of("kubernetes.io/hostname", node.name(), "kubernetes.io/os", "linux")),
        new Node.Spec(node.podNetwork(), List.of(node.podNetwork()), Map.of()),
        new Node.Status(
            List.of(
                new Node.Address("InternalIP", node.address()),
                new Node.Address("Hostname", node.name())),
            Map.of()));
  }
}
