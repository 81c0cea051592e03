package dev.weft.cli.lab;

import dev.weft.flows.receiver.OtlpReceiver;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Pod;
import dev.weft.resources.Refusal;
import dev.weft.resources.Snapshot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A running lab. Whoever brought it up owns it and closes it; everything it made is gone then.
 * Thread-safe.
 *
 * <p>One lab at a time fits on a machine: the names of its namespaces are fixed.
 */
public final class Lab implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int HEALTH_PORT = 15021;

  /** Network namespace of the switch that joins the nodes. */
  public static final String SWITCH_NAMESPACE = Underlay.SWITCH;

  private final LabParts parts;
  private final AtomicBoolean closed = new AtomicBoolean();

  Lab(LabParts parts) {
    this.parts = parts;
  }

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
    return LabBuilder.up(options, listener);
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
        if (closed.get()) {
          return List.of("the lab has ended");
        }
        List<String> missing = notReady(http);
        if (missing.isEmpty()) {
          Files.writeString(parts.paths().ready(), "");
          return missing;
        }
        if (LabClock.nanoTime() - deadline > 0 || !isWhole()) {
          return missing;
        }
        LabClock.pause(POLL);
      }
    } catch (IOException e) {
      throw new LabException("cannot write " + parts.paths().ready(), e);
    }
  }

  /** Whether control plane and node processes run: they are not started again by themselves. */
  private boolean isWhole() {
    return Stream.concat(
            Stream.of(MeshProcesses.CONTROL_PLANE), parts.nodes().stream().map(LabNode::name))
        .allMatch(parts.mesh()::isRunning);
  }

  private List<String> notReady(HttpClient http) throws InterruptedException {
    Stream<String> pods =
        snapshot()
            .all(Pod.class)
            .filter(pod -> !pod.ready())
            .map(pod -> pod.ref() + " is " + pod.status().phase() + " on " + pod.spec().nodeName());
    Stream<String> processes =
        Stream.concat(
                Stream.of(MeshProcesses.CONTROL_PLANE), parts.nodes().stream().map(LabNode::name))
            .filter(name -> !parts.mesh().isRunning(name))
            .map(name -> name + " does not run; its log is " + parts.paths().log(name));
    List<String> missing = Stream.concat(pods, processes).collect(Collectors.toList());
    for (LabNode node : missing.isEmpty() ? parts.nodes() : List.<LabNode>of()) {
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
    return parts.loop().ask(parts.loop()::snapshot);
  }

  public LabPaths paths() {
    return parts.paths();
  }

  public List<LabNode> nodes() {
    return parts.nodes();
  }

  public Programs programs() {
    return parts.programs();
  }

  /** What the nodes export: spans, metrics, log records. */
  public OtlpReceiver telemetry() {
    return parts.telemetry();
  }

  /** What the control plane says of an object, or null. */
  public @Nullable ObjectStatus status(ObjectRef ref) {
    return LabView.status(parts.paths(), ref);
  }

  /** Kills the process of a node, as a crash would. Its pods and its pinned programs stay. */
  public void killNode(LabNode node) {
    parts.mesh().kill(node.name());
  }

  public void startNode(LabNode node) {
    parts.mesh().startNode(node);
  }

  /** Kills the control plane, as a crash would. */
  public void killControlPlane() {
    parts.mesh().kill(MeshProcesses.CONTROL_PLANE);
  }

  public void startControlPlane() {
    parts.mesh().startControlPlane(parts.nodes());
  }

  /** Process id of a node process, or -1. */
  public long pid(LabNode node) {
    return parts.mesh().pid(node.name());
  }

  /** The switch's end of the link to a node. */
  public static String switchPort(LabNode node) {
    return "n" + node.number();
  }

  /** The network namespace of a pod. */
  public static String namespace(String namespace, String pod) {
    return PodWorker.namespace(new ObjectRef(Kind.POD, namespace, pod));
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return closed.get();
  }

  /** Removes everything. Safe to call twice, and from a shutdown hook. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      parts.watch().close();
      parts.loop().stop();
      parts.mesh().stopAll();
      parts.traces().close();
      parts.telemetry().close();
      new Teardown(parts.ip(), parts.paths()).run();
    }
  }
}
