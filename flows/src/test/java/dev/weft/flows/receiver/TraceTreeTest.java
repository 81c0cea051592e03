package dev.weft.flows.receiver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.flows.receiver.ReceivedSpan.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TraceTreeTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @Test
  void drawsWhoCalledWhom() {
    List<ReceivedSpan> spans =
        List.of(
            span("d", "b", Kind.CLIENT, 30, hop("web", "stock", "GET", "/stock/7")),
            span("b", "a", Kind.SERVER, 10, hop("shop", "web", "GET", "/")),
            span("c", "b", Kind.CLIENT, 20, hop("web", "orders", "GET", "/orders/7")),
            span("a", "", Kind.CLIENT, 0, hop("shop", "web", "GET", "/")),
            span("e", "c", Kind.SERVER, 25, hop("web", "orders", "GET", "/orders/7")));
    assertThat(TraceTree.of(spans).text())
        .isEqualTo(
            """
            trace 4bf92f3577b34da6a3ce929d0e0e4736
            ns/shop  CLIENT  GET /  200  mTLS  1.50 ms  on node-a
            └─ ns/web  SERVER  GET /  200  mTLS  1.50 ms  on node-a
               ├─ ns/web  CLIENT  GET /orders/7  200  mTLS  1.50 ms  on node-a
               │  └─ ns/orders  SERVER  GET /orders/7  200  mTLS  1.50 ms  on node-a
               └─ ns/web  CLIENT  GET /stock/7  200  mTLS  1.50 ms  on node-a
            """);
  }

  @Test
  void writesJson() {
    ReceivedSpan span = span("a", "", Kind.SERVER, 5, Map.of("url.path", "/\"quoted\"\\\n"));
    assertThat(TraceTree.of(List.of(span)).json())
        .isEqualTo(
            "{\"traceId\":\""
                + TRACE
                + "\",\"spans\":[{\"spanId\":\"a\",\"name\":\"GET\",\"kind\":\"SERVER\",\"owner\":\"weft\","
                + "\"startNanos\":5,\"durationNanos\":1500000,\"failed\":false,"
                + "\"attributes\":{\"url.path\":\"/\\\"quoted\\\"\\\\\\u000a\"},"
                + "\"resource\":{\"k8s.node.name\":\"node-a\",\"service.name\":\"weft\"},\"children\":[]}]}");
  }

  @Test
  void showsSpansWhoseParentDidNotCome() {
    TraceTree tree = TraceTree.of(List.of(span("b", "lost", Kind.SERVER, 0, Map.of())));
    assertThat(tree.roots()).extracting(ReceivedSpan::spanId).containsExactly("b");
    assertThat(TraceTree.of(List.of()).roots()).isEmpty();
  }

  @Test
  void survivesSpansThatAreTheirOwnAncestors() {
    TraceTree tree =
        TraceTree.of(
            List.of(
                span("a", "b", Kind.SERVER, 0, Map.of()),
                span("b", "a", Kind.SERVER, 1, Map.of()),
                span("c", "c", Kind.SERVER, 2, Map.of())));
    assertThat(tree.roots()).hasSize(3);
    assertThat(tree.text().lines()).hasSize(4);
  }

  @Test
  void survivesDepth() {
    List<ReceivedSpan> spans = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      spans.add(span("s" + i, i == 0 ? "" : "s" + (i - 1), Kind.INTERNAL, i, Map.of()));
    }
    Collections.reverse(spans);
    TraceTree tree = TraceTree.of(spans);
    assertThat(tree.roots()).hasSize(1);
    assertThat(tree.text().lines()).hasSizeBetween(50, 100);
    assertThat(tree.json()).endsWith("]}");
  }

  @Test
  void cannotMoveATerminalsCursor() {
    ReceivedSpan span = span("a", "", Kind.SERVER, 0, Map.of("url.path", "/\u001b[2J\r\u009b"));
    assertThat(TraceTree.of(List.of(span)).text())
        .contains("/\\u001b[2J\\u000d\\u009b")
        .doesNotContain("\u001b");
  }

  private static Map<String, String> hop(
      String source, String destination, String method, String path) {
    Map<String, String> attributes = new HashMap<>();
    attributes.put("http.request.method", method);
    attributes.put("url.path", path);
    attributes.put("http.response.status_code", "200");
    attributes.put("weft.mtls", "true");
    attributes.put("weft.source.namespace", "ns");
    attributes.put("weft.source.workload", source);
    attributes.put("weft.destination.namespace", "ns");
    attributes.put("weft.destination.workload", destination);
    return attributes;
  }

  private static ReceivedSpan span(
      String id, String parent, Kind kind, long start, Map<String, String> attributes) {
    return new ReceivedSpan(
        TRACE,
        id,
        parent,
        "GET",
        kind,
        start,
        start + 1_500_000,
        false,
        attributes,
        Map.of("service.name", "weft", "k8s.node.name", "node-a"));
  }
}
