package dev.weft.cli.lab;

import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.Node;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Pod;
import dev.weft.resources.Refusal;
import dev.weft.resources.Snapshot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A running lab. Whoever brought it up owns it and closes it; everything it made is gone then.
 * Thread-safe.
 *
 * <p>One lab at a time fits on a machine: the names of its namespaces are fixed.
 */
public final class Lab implements AutoCloseable {
  /** Long enough for every node to hear that an endpoint leaves, on a busy machine. */
  private static final Duration DRAIN = Duration.ofMillis(500);

  private static final Duration POLL = Duration.ofMillis(25);
  private static final int HEALTH_PORT = 15021;
  private static final String OTLP_ADDRESS = Underlay.HOST_ADDRESS + ":4317";

  private final LabPaths paths;
  private final List<LabNode> nodes;
  private final Ip ip;
  private final Programs programs;
  private final MeshProcesses mesh;
  private final LabLoop loop;
  private final FolderWatch watch;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Lab(Started started, LabLoop loop, FolderWatch watch) {
    this.paths = started.paths;
    this.nodes = started.nodes;
    this.ip = started.ip;
    this.programs = started.programs;
    this.mesh = started.mesh;
    this.loop = loop;
    this.watch = watch;
  }

  private record Started(
      LabPaths paths, List<LabNode> nodes, Ip ip, Programs programs, MeshProcesses mesh) {}

  /** The folder was refused before anything was made; {@link #refusals} say why. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient List<Refusal> refusals;

    RefusedException(List<Refusal> refusals) {
      super(refusals.stream().map(Refusal::toString).collect(Collectors.joining("\n")));
      this.refusals = List.copyOf(refusals);
    }

    public List<Refusal> refusals() {
      return refusals;
    }
  }

  /**
   * Brings a lab up, after it has removed what an earlier one left. Returns when control plane and
   * nodes are started; {@link #awaitReady} waits for the rest.
   *
   * @throws RefusedException if the folder does not hold a valid set of objects; nothing was made
   * @throws LabException if something that a lab needs is missing
   */
  public static Lab up(LabOptions options, LabListener listener) throws RefusedException {
    LabPaths paths = new LabPaths(options.run().toAbsolutePath());
    Ip ip = new Ip();
    Preconditions.check(paths);
    ManifestFolder folder = new ManifestFolder(options.folder());
    ManifestFolder.Content content = folder.read();
    if (!content.refusals().isEmpty()) {
      throw new RefusedException(content.refusals());
    }
    if (Files.exists(paths.pid()) || !Underlay.namespaces(ip).isEmpty()) {
      listener.progress("removing what an earlier lab left");
      new Teardown(ip, paths).run();
    }
    List<LabNode> nodes = LabNode.first(options.nodes());
    Programs programs = Programs.ofThisProcess();
    prepare(paths, nodes, programs);
    Processes processes = new Processes(paths);
    MeshProcesses mesh = new MeshProcesses(paths, programs, processes, listener::event);
    Started started = new Started(paths, nodes, ip, programs, mesh);
    try {
      return start(started, folder, processes, listener);
    } catch (LabException | RefusedException e) {
      mesh.stopAll();
      new Teardown(ip, paths).run();
      throw e;
    }
  }

  private static Lab start(
      Started started, ManifestFolder folder, Processes processes, LabListener listener)
      throws RefusedException {
    LabPaths paths = started.paths;
    listener.progress("network of " + started.nodes.size() + " nodes");
    new Underlay(started.ip).up(started.nodes);
    Map<String, AttachClient> clients = new HashMap<>();
    for (LabNode node : started.nodes) {
      clients.put(node.name(), new AttachClient(paths.attachSocket(node)));
    }
    LabLoop loop =
        new LabLoop(
            new LabLoop.Parts(
                folder,
                new ApiServer(
                    new ObjectFiles(paths.objects(), paths.run().resolve("drafts")),
                    LabClock::now,
                    () -> UUID.randomUUID().toString(),
                    Implied.objects(OTLP_ADDRESS)),
                new Scheduler(started.nodes)),
            new Kubelet.Tools(started.ip, paths, processes, clients, DRAIN),
            LabClock::now,
            listener);
    List<Refusal> refusals = loop.begin(started.nodes.stream().map(Lab::object).toList());
    if (!refusals.isEmpty()) {
      throw new RefusedException(refusals);
    }
    listener.progress("control plane and node processes");
    started.mesh.startControlPlane(started.nodes);
    started.nodes.forEach(started.mesh::startNode);
    FolderWatch watch = FolderWatch.start(folder.path(), loop::folderChanged);
    loop.reconcileSoon();
    return new Lab(started, loop, watch);
  }

  private static void prepare(LabPaths paths, List<LabNode> nodes, Programs programs) {
    try {
      for (Path folder :
          List.of(
              paths.run(),
              paths.objects(),
              paths.status(),
              paths.controlPlane(),
              paths.logs(),
              paths.run().resolve("drafts"),
              paths.bpf())) {
        Files.createDirectories(folder);
      }
      // Objects hold Secrets, the control plane's folder the CA's key.
      Files.setPosixFilePermissions(paths.run(), PosixFilePermissions.fromString("rwx------"));
      long pid = ProcessHandle.current().pid();
      OptionalLong start = ProcFs.startTime(pid);
      Files.writeString(paths.pid(), pid + " " + start.orElse(0) + "\n");
      for (LabNode node : nodes) {
        Files.createDirectories(paths.node(node));
      }
      programs.install(paths.bin());
    } catch (IOException e) {
      throw new LabException("cannot prepare " + paths.run() + ": " + e.getMessage(), e);
    }
    // ip netns exec mounts a fresh /sys, so that the machine's own BPF file system would be out of
    // sight.
    Commands.run(List.of("mount", "-t", "bpf", "bpf", paths.bpf().toString()), "");
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

  /**
   * Waits until every pod is ready and every node holds its configuration.
   *
   * @return what is not ready after that time; empty when everything is
   */
  public List<String> awaitReady(Duration patience) throws InterruptedException {
    long deadline = LabClock.nanoTime() + patience.toNanos();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build()) {
      while (true) {
        List<String> missing = notReady(http);
        if (missing.isEmpty()) {
          Files.writeString(paths.ready(), "");
          return missing;
        }
        if (LabClock.nanoTime() - deadline > 0) {
          return missing;
        }
        Thread.sleep(POLL);
      }
    } catch (IOException e) {
      throw new LabException("cannot write " + paths.ready(), e);
    }
  }

  private List<String> notReady(HttpClient http) throws InterruptedException {
    Stream<String> pods =
        snapshot()
            .all(Pod.class)
            .filter(pod -> !pod.ready())
            .map(pod -> pod.ref() + " is " + pod.status().phase() + " on " + pod.spec().nodeName());
    Stream<String> processes =
        Stream.concat(Stream.of(MeshProcesses.CONTROL_PLANE), nodes.stream().map(LabNode::name))
            .filter(name -> !mesh.isRunning(name))
            .map(name -> name + " does not run; its log is " + paths.log(name));
    List<String> missing = Stream.concat(pods, processes).collect(Collectors.toList());
    for (LabNode node : missing.isEmpty() ? nodes : List.<LabNode>of()) {
      String problem = health(http, node);
      if (!problem.isEmpty()) {
        missing.add(node.name() + ": " + problem);
      }
    }
    return missing;
  }

  private static String health(HttpClient http, LabNode node) throws InterruptedException {
    URI uri = URI.create("http://" + node.address() + ":" + HEALTH_PORT + "/healthz/ready");
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? "" : answer.body().strip();
    } catch (IOException e) {
      return "no answer from " + uri;
    }
  }

  /** Everything the lab's API server holds. */
  public Snapshot snapshot() {
    return loop.ask(loop::snapshot);
  }

  public LabPaths paths() {
    return paths;
  }

  public List<LabNode> nodes() {
    return nodes;
  }

  public Programs programs() {
    return programs;
  }

  /** Kills the process of a node, as a crash would. Its pods and its pinned programs stay. */
  public void killNode(LabNode node) {
    mesh.kill(node.name());
  }

  public void startNode(LabNode node) {
    mesh.startNode(node);
  }

  /** Kills the control plane, as a crash would. */
  public void killControlPlane() {
    mesh.kill(MeshProcesses.CONTROL_PLANE);
  }

  public void startControlPlane() {
    mesh.startControlPlane(nodes);
  }

  /** Process id of a node process, or -1. */
  public long pid(LabNode node) {
    return mesh.pid(node.name());
  }

  /** The network namespace of a pod. */
  public static String namespace(String namespace, String pod) {
    return PodWorker.namespace(new dev.weft.resources.ObjectRef(Kind.POD, namespace, pod));
  }

  /** Removes everything. Safe to call twice, and from a shutdown hook. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      watch.close();
      loop.stop();
      mesh.stopAll();
      new Teardown(ip, paths).run();
    }
  }
}
