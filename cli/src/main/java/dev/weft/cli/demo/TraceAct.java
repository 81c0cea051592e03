package dev.weft.cli.demo;

import dev.weft.flows.receiver.ReceivedSpan;
import dev.weft.flows.receiver.TraceTree;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * Act 7: one request through three services on both nodes, read back as a tree from what the nodes
 * exported.
 */
final class TraceAct implements Act {
  /** client → frontend → orders → payments: three calls, two of them seen on both nodes. */
  private static final int LEAST_SPANS = 5;

  @Override
  public String name() {
    return "trace";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    Evidence.Notes notes = new Evidence.Notes();
    byte[] id = new byte[16];
    ThreadLocalRandom.current().nextBytes(id);
    String traceId = HexFormat.of().formatHex(id);
    HttpAnswer answer =
        stage.curl(
            Cast.CLIENT,
            "-H",
            "traceparent: 00-" + traceId + "-00f067aa0ba902b7-01",
            "http://frontend/basket");
    notes.expect(answer.status() == 200, "the request got " + answer.brief());
    stage.await(
        Duration.ofSeconds(8), () -> stage.telemetry().trace(traceId).size() >= LEAST_SPANS);
    List<ReceivedSpan> spans = stage.telemetry().trace(traceId);
    TraceTree tree = TraceTree.of(spans);
    tree.text().lines().forEach(notes::detail);
    Set<String> nodes =
        spans.stream()
            .map(span -> span.resource().getOrDefault("k8s.node.name", ""))
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet());
    Set<String> workloads =
        spans.stream()
            .map(span -> span.attribute("weft.destination.workload"))
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet());
    int depth = depth(tree, tree.roots());
    notes
        .figure("trace_id", traceId)
        .figure("spans", spans.size())
        .figure("roots", tree.roots().size())
        .figure("depth", depth)
        .figure("nodes", nodes.stream().sorted().toList())
        .figure("services", workloads.stream().sorted().toList())
        .figure("tree", tree.text().lines().toList());
    notes.expect(spans.size() >= LEAST_SPANS, "only " + spans.size() + " spans arrived");
    notes.expect(tree.roots().size() == 1, tree.roots().size() + " spans have no parent");
    notes.expect(
        workloads.containsAll(Set.of("frontend", "orders", "payments")),
        "only " + workloads + " are in the trace");
    notes.expect(nodes.size() == 2, "only " + nodes + " exported spans");
    return notes.evidence(
        "one request, %d spans in one tree of depth %d: %s on %s"
            .formatted(
                spans.size(),
                depth,
                "frontend → orders → payments",
                String.join(" and ", nodes.stream().sorted().toList())));
  }

  private static int depth(TraceTree tree, List<ReceivedSpan> spans) {
    int deepest = 0;
    for (ReceivedSpan span : spans) {
      deepest = Math.max(deepest, 1 + depth(tree, tree.children(span)));
    }
    return deepest;
  }
}
