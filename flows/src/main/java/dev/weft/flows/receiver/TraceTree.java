package dev.weft.flows.receiver;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The spans of one trace as a tree: who called whom. A span whose parent did not arrive, or that is
 * its own ancestor, stands at the top; siblings are in the order they started.
 */
public final class TraceTree {

  /** Deeper than this, children are left out: a malicious trace must not exhaust the stack. */
  private static final int DEPTH = 64;

  /** A circle longer than this is left out of the tree. */
  private static final int ANCESTORS = 1000;

  private final String traceId;
  private final List<ReceivedSpan> roots = new ArrayList<>();
  private final Map<String, List<ReceivedSpan>> children = new HashMap<>();

  private TraceTree(String traceId) {
    this.traceId = traceId;
  }

  /** Arranges spans of one trace; of two with the same id the first counts. */
  public static TraceTree of(List<ReceivedSpan> spans) {
    TraceTree tree = new TraceTree(spans.isEmpty() ? "" : spans.getFirst().traceId());
    Map<String, ReceivedSpan> byId = new HashMap<>();
    spans.forEach(span -> byId.putIfAbsent(span.spanId(), span));
    for (ReceivedSpan span : byId.values()) {
      if (byId.containsKey(span.parentSpanId()) && !isCircular(span, byId)) {
        tree.children.computeIfAbsent(span.parentSpanId(), _ -> new ArrayList<>()).add(span);
      } else {
        tree.roots.add(span);
      }
    }
    Comparator<ReceivedSpan> order =
        Comparator.comparingLong(ReceivedSpan::startNanos).thenComparing(ReceivedSpan::spanId);
    tree.roots.sort(order);
    tree.children.values().forEach(list -> list.sort(order));
    return tree;
  }

  /** Spans without a parent among the received ones. */
  public List<ReceivedSpan> roots() {
    return List.copyOf(roots);
  }

  /** Spans whose parent is {@code span}. */
  public List<ReceivedSpan> children(ReceivedSpan span) {
    return List.copyOf(children.getOrDefault(span.spanId(), List.of()));
  }

  /** Lines for a terminal; control characters of received text are escaped. */
  public String text() {
    StringBuilder to = new StringBuilder("trace ").append(traceId).append('\n');
    for (ReceivedSpan root : roots) {
      text(root, "", "", to);
    }
    return to.toString();
  }

  /** One JSON object: {@code {"traceId": …, "spans": [{…, "children": […]}]}}. */
  public String json() {
    StringBuilder to = new StringBuilder("{\"traceId\":");
    Json.string(traceId, to);
    to.append(",\"spans\":");
    json(roots, DEPTH, to);
    return to.append('}').toString();
  }

  private void text(ReceivedSpan span, String first, String rest, StringBuilder to) {
    to.append(first).append(Json.printable(line(span))).append('\n');
    List<ReceivedSpan> below = rest.length() / 3 < DEPTH ? children(span) : List.of();
    for (int i = 0; i < below.size(); i++) {
      boolean last = i == below.size() - 1;
      text(below.get(i), rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "), to);
    }
  }

  /** Whose span it is, what was asked, what came of it, how long it took. */
  private static String line(ReceivedSpan span) {
    StringBuilder line = new StringBuilder(owner(span)).append("  ").append(span.kind());
    String path = span.attribute("url.path");
    if (path.isEmpty()) {
      line.append("  ").append(span.name());
    } else {
      line.append("  ").append(span.attribute("http.request.method")).append(' ').append(path);
    }
    append(line, "  ", span.attribute("http.response.status_code"));
    append(line, " grpc ", span.attribute("rpc.status_code"));
    append(line, " ", span.attribute("weft.reason"));
    if (span.attribute("weft.mtls").equals("true")) {
      line.append("  mTLS");
    }
    line.append(
        String.format(Locale.ROOT, "  %.2f ms", (span.endNanos() - span.startNanos()) / 1e6));
    append(line, "  on ", span.resource().getOrDefault("k8s.node.name", ""));
    return line.toString();
  }

  /**
   * A client span is its source's, a server span its destination's; others carry their service's
   * name.
   */
  private static String owner(ReceivedSpan span) {
    String end = span.kind() == ReceivedSpan.Kind.CLIENT ? "weft.source" : "weft.destination";
    String workload = span.attribute(end + ".workload");
    if (!workload.isEmpty()) {
      return span.attribute(end + ".namespace") + "/" + workload;
    }
    if (span.attribute("weft.side").equals("gateway")) {
      return "gateway";
    }
    return span.resource().getOrDefault("service.name", "unknown");
  }

  private static void append(StringBuilder line, String before, String value) {
    if (!value.isEmpty()) {
      line.append(before).append(value);
    }
  }

  private void json(List<ReceivedSpan> spans, int depth, StringBuilder to) {
    to.append('[');
    String comma = "";
    for (ReceivedSpan span : spans) {
      to.append(comma).append("{\"spanId\":");
      Json.string(span.spanId(), to);
      to.append(",\"name\":");
      Json.string(span.name(), to);
      to.append(",\"kind\":\"").append(span.kind()).append('"');
      to.append(",\"owner\":");
      Json.string(owner(span), to);
      to.append(",\"startNanos\":").append(span.startNanos());
      to.append(",\"durationNanos\":").append(span.endNanos() - span.startNanos());
      to.append(",\"failed\":").append(span.failed()).append(",\"attributes\":");
      Json.object(span.attributes(), to);
      to.append(",\"resource\":");
      Json.object(span.resource(), to);
      to.append(",\"children\":");
      json(depth > 0 ? children(span) : List.of(), depth - 1, to);
      to.append('}');
      comma = ",";
    }
    to.append(']');
  }

  private static boolean isCircular(ReceivedSpan span, Map<String, ReceivedSpan> byId) {
    Set<String> seen = new HashSet<>();
    ReceivedSpan at = span;
    while (at != null && seen.size() < ANCESTORS) {
      if (!seen.add(at.spanId())) {
        return true;
      }
      at = byId.get(at.parentSpanId());
    }
    return false;
  }
}
