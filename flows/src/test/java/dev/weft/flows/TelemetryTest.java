package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.weft.flows.TelemetryOptions.Limits;
import dev.weft.flows.TelemetrySettings.AccessLog;
import dev.weft.flows.receiver.OtlpReceiver;
import dev.weft.flows.receiver.ReceivedLog;
import dev.weft.flows.receiver.ReceivedMetric;
import dev.weft.flows.receiver.ReceivedSpan;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole way: observer → SDK → OTLP over a socket → receiver, and Prometheus over HTTP. */
class TelemetryTest {
  private static final String SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  private static final String UNSAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
  private static final Limits FAST =
      new Limits(
          64, 16, Duration.ofMillis(20), Duration.ofMinutes(5), Duration.ofSeconds(2), 8, 64);

  private OtlpReceiver receiver;
  private @Nullable Telemetry telemetry;

  @BeforeEach
  void listen() throws IOException {
    receiver = OtlpReceiver.start(loopback(0));
  }

  @AfterEach
  void stop() {
    if (telemetry != null) {
      telemetry.close();
    }
    receiver.close();
  }

  @Test
  void joinsTheCallersTraceOnBothSides() {
    Telemetry node = start(endpoint(), 0);
    RequestStart outbound = Requests.get(Side.OUTBOUND, "/orders/7", SAMPLED);
    RequestObservation client = node.observer().begin(outbound);
    RequestStart inbound = Requests.get(Side.INBOUND, "/orders/7", client.traceparent());
    RequestObservation server = node.observer().begin(inbound);
    server.end(Requests.ok());
    client.end(Requests.retried(3));
    flush(node);

    List<ReceivedSpan> spans = receiver.trace("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(spans).hasSize(2);
    ReceivedSpan serverSpan = only(spans, ReceivedSpan.Kind.SERVER);
    ReceivedSpan clientSpan = only(spans, ReceivedSpan.Kind.CLIENT);
    assertThat(clientSpan.parentSpanId()).isEqualTo("00f067aa0ba902b7");
    assertThat(serverSpan.parentSpanId()).isEqualTo(clientSpan.spanId());
    assertThat(clientSpan.name()).isEqualTo("GET HTTPRoute/shop/orders/0");
    assertThat(clientSpan.endNanos() - clientSpan.startNanos()).isEqualTo(2_000_000);
    assertThat(clientSpan.failed()).isFalse();
    assertThat(clientSpan.resource())
        .containsEntry("service.name", "weft")
        .containsEntry("k8s.node.name", "node-a");
    assertThat(clientSpan.attributes())
        .containsEntry("http.request.method", "GET")
        .containsEntry("http.response.status_code", "200")
        .containsEntry("http.request.resend_count", "2")
        .containsEntry("http.route", "HTTPRoute/shop/orders/0")
        .containsEntry("url.path", "/orders/7")
        .containsEntry("url.scheme", "http")
        .containsEntry("server.address", "orders.shop")
        .containsEntry("server.port", "8080")
        .containsEntry("network.protocol.version", "1.1")
        .containsEntry("network.peer.address", "10.244.2.3")
        .containsEntry("user_agent.original", "curl/8")
        .containsEntry("weft.side", "outbound")
        .containsEntry("weft.mtls", "true")
        .containsEntry("weft.source.namespace", "shop")
        .containsEntry("weft.source.workload", "web")
        .containsEntry("weft.source.spiffe_id", "spiffe://weft.test/ns/shop/sa/web")
        .containsEntry("weft.destination.workload", "orders")
        .containsEntry("weft.destination.spiffe_id", "spiffe://weft.test/ns/shop/sa/orders")
        .doesNotContainKey("error.type");
  }

  @Test
  void startsATraceWhereNoneCame() {
    Telemetry node = start(endpoint(), 1);
    RequestObservation request = node.observer().begin(Requests.get(Side.GATEWAY, "/", "nonsense"));
    String forwarded = required(request.traceparent());
    request.end(Requests.ok());
    flush(node);

    assertThat(TraceParent.flags(forwarded)).isEqualTo(1);
    ReceivedSpan span = receiver.trace(TraceParent.traceId(forwarded)).getFirst();
    assertThat(span.parentSpanId()).isEmpty();
    assertThat(span.kind()).isEqualTo(ReceivedSpan.Kind.SERVER);
    assertThat(span.spanId()).isEqualTo(TraceParent.spanId(forwarded));
  }

  @Test
  void tellsTheNextHopThatATraceIsNotSampled() {
    Telemetry node = start(endpoint(), 0);
    RequestObservation fresh = node.observer().begin(Requests.get(Side.OUTBOUND, "/", null));
    RequestObservation joined = node.observer().begin(Requests.get(Side.OUTBOUND, "/", UNSAMPLED));
    CharSequence again =
        node.observer().begin(Requests.get(Side.OUTBOUND, "/", null)).traceparent();
    fresh.end(Requests.ok());
    joined.end(Requests.ok());
    flush(node);

    assertThat(TraceParent.flags(required(fresh.traceparent()))).isZero();
    assertThat(again).isNotEqualTo(fresh.traceparent());
    assertThat(joined.traceparent()).as("the caller's header stays").isNull();
    assertThat(receiver.spans(_ -> true)).isEmpty();
  }

  @Test
  void leavesHeadersAloneWhileExportIsOff() {
    Telemetry node = start("", 1);
    RequestObservation fresh = node.observer().begin(Requests.get(Side.OUTBOUND, "/", null));
    RequestObservation joined = node.observer().begin(Requests.get(Side.OUTBOUND, "/", SAMPLED));
    assertThat(fresh.traceparent()).isNull();
    assertThat(joined.traceparent()).isNull();
    fresh.end(Requests.denied("shop/only-get"));
    joined.end(Requests.ok());
    assertThat(node.flows().recent()).extracting(Flow::reason).containsExactly("POLICY_DENIED");
  }

  @Test
  void samplesTheShareThatIsAskedFor() {
    Telemetry node = start(endpoint(), 0.25);
    int sampled = 0;
    for (int i = 0; i < 20_000; i++) {
      RequestStart start = Requests.get(Side.OUTBOUND, "/", null);
      if (TraceParent.isSampled(
          TraceParent.flags(required(node.observer().begin(start).traceparent())))) {
        sampled++;
      }
    }
    assertThat(sampled).isBetween(4_600, 5_400); // 6.5 standard deviations
  }

  @Test
  void neverRecordsQueriesOrCredentials() {
    Telemetry node = start(endpoint(), 1);
    RequestStart start =
        new RequestStart(
            Side.GATEWAY,
            0,
            "http/1.1",
            "BR\nEW",
            "http",
            "me:secret@shop.test:99",
            "/a?token=secret#x",
            "",
            "",
            Peer.unknown("192.0.2.1"),
            null,
            null,
            "agent".repeat(1000),
            null);
    observe(node, start, Requests.end(404, "NO_ROUTE"));
    flush(node);

    ReceivedSpan span = receiver.spans(_ -> true).getFirst();
    assertThat(span.attributes().values()).noneMatch(value -> value.contains("secret"));
    assertThat(span.attributes())
        .containsEntry("url.path", "/a")
        .containsEntry("server.address", "shop.test")
        .containsEntry("http.request.method", "_OTHER")
        .containsEntry("error.type", "NO_ROUTE");
    assertThat(span.attribute("user_agent.original")).hasSize(512);
    assertThat(span.name()).isEqualTo("HTTP");
    assertThat(span.failed()).isTrue();
    assertThat(receiver.logs(_ -> true).toString()).doesNotContain("secret");
  }

  @Test
  void speaksGrpc() {
    Telemetry node = start(endpoint(), 1);
    observe(node, Requests.grpc("/shop.Orders/Get"), Requests.grpcEnd(14));
    flush(node);

    ReceivedSpan span = receiver.spans(_ -> true).getFirst();
    assertThat(span.name()).isEqualTo("shop.Orders/Get");
    assertThat(span.failed()).isTrue();
    assertThat(span.attributes())
        .containsEntry("rpc.system.name", "grpc")
        .containsEntry("rpc.method", "shop.Orders/Get")
        .containsEntry("rpc.status_code", "UNAVAILABLE")
        .containsEntry("error.type", "UNAVAILABLE")
        .containsEntry("network.protocol.version", "2");
  }

  @Test
  void auditsRefusalsAndDryRunsAndLogsFailures() {
    Telemetry node = start(endpoint(), 0);
    RequestStart start = Requests.get(Side.INBOUND, "/orders", UNSAMPLED);
    observe(node, start, Requests.ok());
    observe(node, start, Requests.denied("shop/only-get"));
    observe(node, start, Requests.dryRun("shop/try-it"));
    observe(node, start, Requests.end(503, "NO_HEALTHY_UPSTREAM"));
    observe(node, start, Requests.audited("shop/watch"));
    flush(node);

    List<ReceivedLog> audit = receiver.logs(log -> log.event().equals("weft.audit"));
    assertThat(audit)
        .extracting(log -> log.attribute("weft.policy"))
        .containsExactly("shop/only-get", "shop/try-it", "");
    assertThat(audit.getFirst().body()).isEqualTo("GET /orders 403 POLICY_DENIED");
    assertThat(audit.getFirst().traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(audit.get(1).attribute("weft.policy.dry_run_denied")).isEqualTo("true");
    assertThat(audit.getLast().attribute("weft.policy.audited_by")).isEqualTo("shop/watch");
    assertThat(receiver.logs(log -> log.event().equals("weft.access")))
        .extracting(log -> log.attribute("weft.reason"))
        .containsExactly("POLICY_DENIED", "", "NO_HEALTHY_UPSTREAM");
    assertThat(node.flows().recent())
        .extracting(Flow::verdict)
        .containsExactly(
            Flow.Verdict.DROPPED, Flow.Verdict.AUDIT, Flow.Verdict.ERROR, Flow.Verdict.FORWARDED);
  }

  @Test
  void accessRecordsCanBeAskedForOrSwitchedOff() {
    Telemetry node = start(endpoint(), 0);
    RequestStart start = Requests.get(Side.INBOUND, "/orders", null);
    node.reconfigure(new TelemetrySettings(endpoint(), 0, AccessLog.ALL));
    observe(node, start, Requests.ok());
    node.reconfigure(new TelemetrySettings(endpoint(), 0, AccessLog.OFF));
    observe(node, start, Requests.end(500, null));
    observe(node, start, Requests.denied("shop/only-get"));
    flush(node);

    assertThat(receiver.logs(_ -> true))
        .extracting(ReceivedLog::event, log -> log.attribute("http.response.status_code"))
        .containsExactlyInAnyOrder(tuple("weft.access", "200"), tuple("weft.audit", "403"));
  }

  @Test
  void refusedConnectionsAreCountedAuditedAndInTheFlowLog() {
    Telemetry node = start(endpoint(), 0);
    node.observer()
        .connection(
            new ConnectionEvent(
                Side.INBOUND,
                false,
                ConnectionEvent.Kind.REFUSED,
                Peer.unknown("172.31.0.1"),
                "10.244.1.2:15008",
                "UNTRUSTED_PEER",
                0,
                0));
    flush(node);

    Flow flow = node.flows().recent().getFirst();
    assertThat(flow.verdict()).isEqualTo(Flow.Verdict.DROPPED);
    assertThat(flow.reason()).isEqualTo("UNTRUSTED_PEER");
    assertThat(flow.source().address()).isEqualTo("172.31.0.1");
    assertThat(flow.destination()).isEqualTo(Flow.Endpoint.unknown("10.244.1.2", 15008));
    assertThat(receiver.logs(log -> log.event().equals("weft.audit"))).hasSize(1);
    assertThat(receiver.metrics("weft.proxy.connections.refused"))
        .singleElement()
        .satisfies(
            metric ->
                assertThat(metric.attributes()).containsEntry("error.type", "UNTRUSTED_PEER"));
  }

  @Test
  void aFlushGoesToTheReceiverThatWasAskedForJustBefore() {
    Telemetry node = start(endpoint(), 0);
    for (int i = 1; i <= 200; i++) {
      node.reconfigure(TelemetrySettings.OFF);
      observe(node, Requests.get(Side.OUTBOUND, "/orders", null), Requests.ok());
      node.reconfigure(new TelemetrySettings(endpoint(), 0, AccessLog.OFF));
      flush(node);
      assertThat(receiver.metrics("http.client.request.duration"))
          .extracting(ReceivedMetric::count)
          .containsExactly((long) i);
    }
  }

  @Test
  void everyFlushBringsTheMetricsOfTheMomentEvenWhileTheReaderExports() {
    Limits hasty =
        new Limits(
            64, 16, Duration.ofMillis(1), Duration.ofMinutes(5), Duration.ofSeconds(2), 8, 64);
    Telemetry node = start(endpoint(), 0, hasty);
    for (int i = 1; i <= 200; i++) {
      observe(node, Requests.get(Side.OUTBOUND, "/orders", null), Requests.ok());
      flush(node);
      assertThat(receiver.metrics("http.client.request.duration"))
          .extracting(ReceivedMetric::count)
          .containsExactly((long) i);
    }
  }

  @Test
  void countsRequestsBySemanticConventions() {
    Telemetry node = start(endpoint(), 0);
    for (int i = 0; i < 5; i++) {
      observe(node, Requests.get(Side.OUTBOUND, "/orders/" + i, null), Requests.retried(2));
    }
    observe(
        node,
        Requests.get(Side.INBOUND, "/orders", null),
        Requests.end(503, "NO_HEALTHY_UPSTREAM"));
    flush(node);

    ReceivedMetric client = receiver.metrics("http.client.request.duration").getFirst();
    assertThat(client.unit()).isEqualTo("s");
    assertThat(client.count()).isEqualTo(5);
    assertThat(client.value()).isEqualTo(0.010);
    assertThat(client.attributes())
        .containsEntry("http.request.method", "GET")
        .containsEntry("http.response.status_code", "200")
        .containsEntry("http.route", "HTTPRoute/shop/orders/0")
        .containsEntry("weft.source.workload", "web")
        .containsEntry("weft.destination.workload", "orders");
    ReceivedMetric server = receiver.metrics("http.server.request.duration").getFirst();
    assertThat(server.attributes()).containsEntry("error.type", "NO_HEALTHY_UPSTREAM");
    assertThat(receiver.metrics("weft.proxy.retries").getFirst().value()).isEqualTo(5);
  }

  @Test
  void servesPrometheus() throws Exception {
    int port = freePort();
    TelemetryOptions options = TelemetryOptions.of("node-a", loopback(port), TelemetrySettings.OFF);
    Telemetry node = Telemetry.start(options.withLimits(FAST), Clocks.system());
    telemetry = node;
    node.datapathCounters(
        () ->
            List.of(
                new DatapathCounter("", Flow.Direction.UNKNOWN, 5, 500),
                new DatapathCounter("POLICY_DENIED", Flow.Direction.INGRESS, 2, 120)));
    String before = scrape(port);
    observe(node, Requests.get(Side.INBOUND, "/", null), Requests.ok());
    String after = scrape(port);

    assertThat(before)
        .contains("weft_proxy_connections_total{weft_side=\"outbound\"} 0")
        .contains(
            "weft_telemetry_dropped_total{error_type=\"queue_full\",weft_signal=\"traces\"} 0")
        .contains("weft_datapath_packets_total{weft_verdict=\"forwarded\"} 5")
        .contains(
            "weft_datapath_packets_total{error_type=\"POLICY_DENIED\",weft_direction=\"ingress\",weft_verdict=\"dropped\"} 2")
        .doesNotContain("http_server_request_duration_seconds");
    assertThat(after)
        .containsPattern(
            "http_server_request_duration_seconds_bucket\\{.*http_route=\"HTTPRoute/shop/orders/0\".*le=\"0.005\"\\} 1")
        .contains("http_server_request_duration_seconds_count");
  }

  @Test
  void boundsTheNumberOfSeries() {
    Telemetry node = start(endpoint(), 0);
    for (int i = 0; i < 1000; i++) {
      RequestStart start = Requests.get(Side.INBOUND, "/", null);
      observe(node, Requests.withRoute(start, "HTTPRoute/shop/r" + i + "/0"), Requests.ok());
    }
    flush(node);

    List<ReceivedMetric> series = receiver.metrics("http.server.request.duration");
    assertThat(series).hasSize(FAST.series() + 1);
    assertThat(series.stream().mapToLong(ReceivedMetric::count).sum()).isEqualTo(1000);
    assertThat(series)
        .filteredOn(metric -> metric.attributes().equals(Map.of("otel.metric.overflow", "true")))
        .singleElement()
        .satisfies(metric -> assertThat(metric.count()).isEqualTo(1000 - FAST.series()));
  }

  /** Whatever the number of routes: each series costs whoever stores it. */
  @Test
  void aNodeShowsAThousandSeriesAtMost() throws Exception {
    int port = freePort();
    telemetry =
        Telemetry.start(
            TelemetryOptions.of("node-a", loopback(port), TelemetrySettings.OFF), Clocks.system());
    for (int i = 0; i < 5000; i++) {
      RequestStart start = Requests.get(i % 2 == 0 ? Side.OUTBOUND : Side.INBOUND, "/", null);
      observe(
          telemetry, Requests.withRoute(start, "HTTPRoute/shop/r" + i + "/0"), Requests.retried(3));
      telemetry
          .observer()
          .connection(
              new ConnectionEvent(
                  Side.GATEWAY,
                  false,
                  ConnectionEvent.Kind.REFUSED,
                  Peer.unknown("172.31.0.1"),
                  "10.244.1.2:80",
                  "REASON_" + i,
                  0,
                  0));
    }
    List<String> series =
        scrape(port)
            .lines()
            .filter(line -> !line.startsWith("#") && !line.matches(".*_(bucket|sum)\\{.*"))
            .toList();
    assertThat(series).hasSizeBetween(Limits.DEFAULT.series(), 1000);
    assertThat(total(series, "http_client_request_duration_seconds_count")).isEqualTo(2500);
    assertThat(total(series, "http_server_request_duration_seconds_count")).isEqualTo(2500);
    assertThat(total(series, "weft_proxy_retries_total")).isEqualTo(10_000);
  }

  private static double total(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  @Test
  void anAbsentReceiverCostsNothingButWhatIsCounted() throws Exception {
    Telemetry node = start("127.0.0.1:" + freePort(), 1);
    for (int i = 0; i < 1000; i++) {
      observe(node, Requests.get(Side.INBOUND, "/", null), Requests.ok());
    }
    flush(node);

    TelemetryHealth health = node.health();
    assertThat(health.receiverFailing()).isTrue();
    assertThat(health.dropped()).containsEntry("traces", 1000L).containsEntry("logs", 1000L);
  }

  @Test
  void aReceiverThatNeverAnswersDoesNotHoldAnybodyUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Telemetry node = start("127.0.0.1:" + silent.getLocalPort(), 1);
      for (int i = 0; i < 1000; i++) {
        observe(node, Requests.get(Side.INBOUND, "/", null), Requests.ok());
      }
      // What is not in the queue or in the one call under way is lost at once, without waiting for
      // a time-out.
      long atOnce = node.health().dropped().getOrDefault("traces", 0L);
      assertThat(atOnce).isBetween(1000L - FAST.queue() - FAST.batch(), 1000L);
      flush(node);
      assertThat(node.health().dropped())
          .containsEntry("traces", 1000L)
          .containsEntry("logs", 1000L);
    }
  }

  @Test
  void usesAReceiverThatComesBackAndOneThatMoved() throws Exception {
    int port = freePort();
    Telemetry node = start("127.0.0.1:" + port, 1);
    observe(node, Requests.get(Side.INBOUND, "/lost", null), Requests.ok());
    flush(node);
    assertThat(node.health().receiverFailing()).isTrue();

    try (OtlpReceiver late = OtlpReceiver.start(loopback(port))) {
      observe(node, Requests.get(Side.INBOUND, "/back", null), Requests.ok());
      await().until(() -> late.spans(_ -> true), spans -> paths(spans).equals(List.of("/back")));
      assertThat(node.health().receiverFailing()).isFalse();
    }

    node.reconfigure(new TelemetrySettings(endpoint(), 1));
    observe(node, Requests.get(Side.INBOUND, "/moved", null), Requests.ok());
    flush(node);
    assertThat(paths(receiver.spans(_ -> true))).containsExactly("/moved");
  }

  private Telemetry start(String endpoint, double ratio) {
    return start(endpoint, ratio, FAST);
  }

  private Telemetry start(String endpoint, double ratio, Limits limits) {
    TelemetryOptions options =
        TelemetryOptions.of("node-a", null, new TelemetrySettings(endpoint, ratio))
            .withLimits(limits);
    Telemetry started = Telemetry.start(options, Clocks.system());
    telemetry = started;
    return started;
  }

  private String endpoint() {
    return "127.0.0.1:" + receiver.port();
  }

  private static void observe(Telemetry node, RequestStart start, RequestEnd end) {
    node.observer().begin(start).end(end);
  }

  private static void flush(Telemetry node) {
    node.flush().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static ReceivedSpan only(List<ReceivedSpan> spans, ReceivedSpan.Kind kind) {
    return spans.stream().filter(span -> span.kind() == kind).findAny().orElseThrow();
  }

  private static List<String> paths(List<ReceivedSpan> spans) {
    return spans.stream().map(span -> span.attribute("url.path")).toList();
  }

  private static String required(@Nullable CharSequence value) {
    assertThat(value).isNotNull();
    return value.toString();
  }

  private static String scrape(int port) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
