package dev.weft.cli.lab;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weft.flows.receiver.OtlpReceiver;
import dev.weft.flows.receiver.ReceivedSpan;
import dev.weft.flows.receiver.TraceTree;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * Lets other processes of the machine read the traces that the lab received: {@code /traces} lists
 * the latest, {@code /traces/<id>} is one as a tree, {@code /traces/<id>.json} the same as JSON.
 * Owns its threads.
 */
final class TraceServer implements AutoCloseable {
  static final int PORT = 4319;

  private static final String ROOT = "/traces";
  private static final int LATEST = 20;
  private static final int ID_LENGTH = 32;

  private final HttpServer server;
  private final OtlpReceiver telemetry;

  private TraceServer(HttpServer server, OtlpReceiver telemetry) {
    this.server = server;
    this.telemetry = telemetry;
  }

  static TraceServer start(InetSocketAddress address, OtlpReceiver telemetry) throws IOException {
    HttpServer server = HttpServer.create(address, 16);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    TraceServer started = new TraceServer(server, telemetry);
    server.createContext(ROOT, started::serve);
    server.start();
    return started;
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String rest = path.substring(Math.min(path.length(), ROOT.length() + 1));
    if (rest.isEmpty()) {
      answer(exchange, 200, list());
      return;
    }
    boolean json = rest.endsWith(".json");
    String id = json ? rest.substring(0, rest.length() - ".json".length()) : rest;
    List<ReceivedSpan> spans = id.length() == ID_LENGTH ? telemetry.trace(id) : List.of();
    if (spans.isEmpty()) {
      answer(exchange, 404, "no spans of such a trace arrived\n");
    } else {
      TraceTree tree = TraceTree.of(spans);
      answer(exchange, 200, json ? tree.json() : tree.text());
    }
  }

  /** One line a trace, the latest last: id, number of spans, milliseconds, what was asked first. */
  private String list() {
    Map<String, List<ReceivedSpan>> traces = new LinkedHashMap<>();
    for (ReceivedSpan span : telemetry.spans(any -> true)) {
      traces.computeIfAbsent(span.traceId(), id -> new ArrayList<>()).add(span);
    }
    StringBuilder text = new StringBuilder();
    traces.entrySet().stream()
        .skip(Math.max(0, traces.size() - LATEST))
        .forEach(trace -> text.append(line(trace.getKey(), trace.getValue())).append('\n'));
    return text.toString();
  }

  private static String line(String id, List<ReceivedSpan> spans) {
    ReceivedSpan first = TraceTree.of(spans).roots().getFirst();
    return String.format(
        Locale.ROOT,
        "%s  %2d spans  %8.2f ms  %s/%s  %s %s",
        id,
        spans.size(),
        (first.endNanos() - first.startNanos()) / 1e6,
        first.attribute("weft.source.namespace"),
        first.attribute("weft.source.workload"),
        first.attribute("http.request.method"),
        first.attribute("url.path"));
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
