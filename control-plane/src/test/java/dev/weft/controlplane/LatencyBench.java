package dev.weft.controlplane;

import dev.weft.api.v1.Update;
import io.grpc.ManagedChannel;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How long an edit takes from the file's rename until a node has the Update, over loopback with
 * TLS, in a mesh with many routes. Never a test: it prints what it measured.
 *
 * <p>Run the class with this module's test class path. Arguments: routes (2000), edits that count
 * (300; as many go before, to warm up). The processor time is for busy machines, where the time on
 * the clock says more about the other programs.
 */
final class LatencyBench {
  /** Between two edits, so that statuses and acknowledgements of the one do not delay the next. */
  private static final int PAUSE_MILLIS = 40;

  private final Path folder;
  private final TestNode node;

  private LatencyBench(Path folder, TestNode node) {
    this.folder = folder;
    this.node = node;
  }

  public static void main(String[] args) throws Exception {
    int routes = args.length > 0 ? Integer.parseInt(args[0]) : 2_000;
    int edits = args.length > 1 ? Integer.parseInt(args[1]) : 300;
    Path root = Files.createTempDirectory("weft-latency");
    try {
      measure(root, routes, edits, System.out);
    } finally {
      remove(root);
    }
    System.exit(0);
  }

  private static void measure(Path root, int routes, int edits, PrintStream out) throws Exception {
    Path folder = Files.createDirectories(root.resolve("objects"));
    int services = Math.max(1, routes / 10);
    for (int i = 0; i < services; i++) {
      Files.writeString(folder.resolve("service" + i + ".yaml"), Yaml.service("s" + i));
      Files.writeString(folder.resolve("pod" + i + ".yaml"), Yaml.pod("s" + i, "a", "n1"));
    }
    Files.writeString(folder.resolve("gateway.yaml"), Yaml.gateway("edge"));
    for (int i = 0; i < routes; i++) {
      Files.writeString(folder.resolve(file(i)), Yaml.route("r" + i, "s" + i % services, 1));
    }
    ControlPlaneOptions options =
        new ControlPlaneOptions(
            folder,
            root.resolve("run"),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            List.of(),
            TrustDomain.parse("mesh.test"),
            List.of("n1"),
            Duration.ofHours(24));
    try (ControlPlane plane = ControlPlane.start(options)) {
      Path own = root.resolve("run/control-plane");
      String token = Files.readString(own.resolve("tokens/n1")).strip();
      ManagedChannel channel = TestNode.channel(plane.port(), own.resolve("ca.pem"), token);
      try (TestNode node = TestNode.connect(channel, "n1", Map.of())) {
        node.accept();
        LatencyBench bench = new LatencyBench(folder, node);
        bench.round(routes, edits, services, 2);
        Map<String, Long> before = processorTime();
        long[] nanos = bench.round(routes, edits, services, 100_000);
        Map<String, Long> after = processorTime();
        Arrays.sort(nanos);
        out.printf(
            "routes %d, edits %d: median %.1f ms, p90 %.1f, p99 %.1f, max %.1f%n",
            routes, edits, at(nanos, 0.5), at(nanos, 0.9), at(nanos, 0.99), at(nanos, 1));
        for (String thread : List.of("folder", "mesh", "status")) {
          long used = after.getOrDefault(thread, 0L) - before.getOrDefault(thread, 0L);
          out.printf("  processor time an edit, thread %s: %.2f ms%n", thread, used / 1e6 / edits);
        }
      }
    }
  }

  private long[] round(int routes, int edits, int services, int weight) throws Exception {
    long[] nanos = new long[edits];
    Path unfinished = folder.resolve(".unfinished");
    for (int i = 0; i < edits; i++) {
      int route = (int) ((i * 7919L) % routes);
      Files.writeString(
          unfinished, Yaml.route("r" + route, "s" + route % services, weight + i % 1000));
      long start = System.nanoTime();
      Files.move(
          unfinished,
          folder.resolve(file(route)),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      Update update = node.receive();
      nanos[i] = System.nanoTime() - start;
      if (!TestNode.names(update).equals(List.of("httproute/shop/r" + route))) {
        throw new IllegalStateException("one route was edited, sent was " + TestNode.names(update));
      }
      node.apply(update);
      Thread.sleep(PAUSE_MILLIS);
    }
    return nanos;
  }

  /** Nanoseconds by the thread's name; what other programs do on the machine does not show here. */
  private static Map<String, Long> processorTime() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Map<String, Long> times = new HashMap<>();
    for (long id : threads.getAllThreadIds()) {
      ThreadInfo info = threads.getThreadInfo(id);
      if (info != null) {
        times.merge(info.getThreadName(), threads.getThreadCpuTime(id), Long::sum);
      }
    }
    return times;
  }

  private static String file(int route) {
    return "httproute.shop.r" + route + ".yaml";
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))] / 1e6;
  }

  private static void remove(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
