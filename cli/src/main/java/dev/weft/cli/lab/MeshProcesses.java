package dev.weft.cli.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The control-plane process and one node process a node: the real ones, with the flags a cluster
 * would give them. They are started again only when somebody asks. Thread-safe.
 */
final class MeshProcesses {
  static final String CONTROL_PLANE = "control-plane";
  static final int CONTROL_PLANE_PORT = 8443;

  private static final String CONTROL_PLANE_MAIN = "dev.weft.cli.ControlPlaneCommand";
  private static final String NODE_MAIN = "dev.weft.cli.NodeMain";

  private static final int TAIL = 12;
  private static final Duration GRACE = Duration.ofSeconds(3);

  /** As in build/jvm.sh, where it says why. */
  static final List<String> NODE_JVM =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms48m",
          "-Xmx68m",
          "-Xmn16m",
          "-XX:MaxDirectMemorySize=96m",
          "-XX:TrimNativeHeapInterval=5000",
          "-XX:Tier4InvocationThreshold=50000",
          "-XX:Tier4MinInvocationThreshold=6000",
          "-XX:Tier4CompileThreshold=150000",
          "-XX:Tier4BackEdgeThreshold=400000",
          "-Dio.netty.allocator.lowMemory=false",
          "-Dio.netty.leakDetection.level=disabled",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED");

  private static final List<String> CONTROL_PLANE_JVM =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms32m",
          "-Xmx192m",
          // A lab is small: what the second compiler would gain is less than what it takes.
          "-XX:TieredStopAtLevel=1",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED");

  private final LabPaths paths;
  private final Programs programs;
  private final Processes processes;
  private final Consumer<String> events;
  private final Map<String, Process> running = new ConcurrentHashMap<>();

  MeshProcesses(LabPaths paths, Programs programs, Processes processes, Consumer<String> events) {
    this.paths = paths;
    this.programs = programs;
    this.processes = processes;
    this.events = events;
  }

  void startControlPlane(List<LabNode> nodes) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--folder",
                paths.objects().toString(),
                "--run",
                paths.run().toString(),
                "--listen",
                Underlay.HOST_ADDRESS + ":" + CONTROL_PLANE_PORT));
    for (LabNode node : nodes) {
      arguments.addAll(List.of("--node", node.name()));
    }
    start(
        CONTROL_PLANE,
        programs.jvm("control-plane", CONTROL_PLANE_JVM, CONTROL_PLANE_MAIN, arguments));
  }

  /** What the control plane must have written before a node can start. */
  List<Path> credentials(List<LabNode> nodes) {
    return Stream.concat(Stream.of(paths.trust()), nodes.stream().map(paths::token)).toList();
  }

  void startNode(LabNode node) {
    List<String> arguments =
        List.of(
            "--name",
            node.name(),
            "--address",
            node.address(),
            "--uplink",
            Underlay.UPLINK,
            "--pod-network",
            node.podNetwork(),
            "--control-plane",
            Underlay.HOST_ADDRESS + ":" + CONTROL_PLANE_PORT,
            "--trust",
            paths.trust().toString(),
            "--token",
            paths.token(node).toString(),
            "--run",
            paths.node(node).toString(),
            "--bpf",
            paths.bpf().toString());
    start(
        node.name(),
        Ip.inside(node.namespace(), programs.jvm("node", NODE_JVM, NODE_MAIN, arguments)));
  }

  private void start(String name, List<String> command) {
    Path log = paths.log(name);
    Process process = processes.start(name, command, Map.of(), log);
    running.put(name, process);
    process
        .onExit()
        .thenAccept(
            ended -> {
              // One that was stopped on purpose is no longer in the map.
              if (running.remove(name, ended)) {
                events.accept(
                    name
                        + " ended with "
                        + ended.exitValue()
                        + "; the end of "
                        + log
                        + ":\n"
                        + tail(log));
              }
            });
  }

  static String tail(Path log) {
    try (Stream<String> all = Files.lines(log)) {
      List<String> lines = all.toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size()));
    } catch (IOException | UncheckedIOException e) {
      return "(cannot be read: " + e.getMessage() + ")";
    }
  }

  boolean isRunning(String name) {
    Process process = running.get(name);
    return process != null && process.isAlive();
  }

  /** Process id, or -1. */
  long pid(String name) {
    Process process = running.get(name);
    return process == null ? -1 : process.pid();
  }

  /** SIGKILL, as a crash would be. */
  void kill(String name) {
    Process process = running.remove(name);
    if (process != null) {
      Processes.kill(process);
    }
  }

  /** Asks all of them to end, then waits for all. */
  void stopAll() {
    List<Process> all = List.copyOf(running.values());
    running.clear();
    all.forEach(Process::destroy);
    all.forEach(process -> Processes.stop(process, GRACE));
  }
}
