package dev.weft.flows.receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The receiver under a sender that may be anybody. */
class OtlpReceiverTest {
  private OtlpReceiver receiver;
  private ManagedChannel channel;
  private TraceServiceGrpc.TraceServiceBlockingStub traces;

  @BeforeEach
  void start() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    receiver =
        OtlpReceiver.start(
            new InetSocketAddress(loopback, 0), new OtlpReceiver.Limits(10, 3, 2, 100_000));
    channel =
        NettyChannelBuilder.forAddress(loopback.getHostAddress(), receiver.port())
            .usePlaintext()
            .build();
    traces = TraceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    receiver.close();
  }

  @Test
  void giveUpTheOldestTraceBeyondTheLimit() {
    for (long trace = 1; trace <= 7; trace++) {
      traces.export(request(span(trace, 1), span(trace, 2)));
    }
    assertThat(receiver.trace(hex(1, 2))).isEmpty();
    assertThat(receiver.trace(hex(2, 2))).isEmpty();
    assertThat(receiver.trace(hex(3, 2))).hasSize(2);
    assertThat(receiver.spans(_ -> true)).hasSize(10);
    assertThat(receiver.discarded()).isEqualTo(4);
  }

  @Test
  void oneHugeTraceIsGivenUpToo() {
    for (int id = 1; id <= 11; id++) {
      traces.export(request(span(1, id)));
    }
    assertThat(receiver.spans(_ -> true)).isEmpty();
    assertThat(receiver.discarded()).isEqualTo(11);
  }

  @Test
  void refusesSpansWithoutIds() {
    Span noTrace = Span.newBuilder().setSpanId(id(1, 1)).build();
    Span zero = Span.newBuilder().setTraceId(id(0, 2)).setSpanId(id(1, 1)).build();
    Span shortId = Span.newBuilder().setTraceId(id(1, 1)).setSpanId(id(1, 1)).build();
    var answer = traces.export(request(noTrace, zero, shortId, span(1, 1)));
    assertThat(answer.getPartialSuccess().getRejectedSpans()).isEqualTo(3);
    assertThat(receiver.spans(_ -> true)).hasSize(1);
  }

  @Test
  void refusesOversizedRequests() {
    Span large = span(1, 1).toBuilder().setName("x".repeat(200_000)).build();
    assertThatThrownBy(() -> traces.export(request(large)))
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
  }

  @Test
  void cutsWhatIsTooLong() {
    Span.Builder span = span(1, 1).toBuilder().setName("n".repeat(50_000));
    for (int i = 0; i < 200; i++) {
      span.addAttributes(attribute("k" + i));
    }
    traces.export(request(span.build()));
    ReceivedSpan received = receiver.trace(hex(1, 2)).getFirst();
    assertThat(received.name()).hasSize(OtlpDecoder.TEXT);
    assertThat(received.attributes()).hasSize(OtlpDecoder.ATTRIBUTES);
  }

  @Test
  void keepsTextsThatComeAgainOnce() {
    Span.Builder span = span(1, 1).toBuilder().setName("GET /orders");
    traces.export(request(span.build()));
    traces.export(request(span.build()));
    List<ReceivedSpan> both = receiver.trace(hex(1, 2));
    assertThat(both).hasSize(2);
    assertThat(both.getLast().name()).isEqualTo("GET /orders").isSameAs(both.getFirst().name());
  }

  @Test
  void completesAWaitForATrace() {
    CompletableFuture<List<ReceivedSpan>> two =
        receiver.awaitTrace(hex(5, 2), spans -> spans.size() == 2);
    traces.export(request(span(5, 1)));
    assertThat(two).isNotDone();
    traces.export(request(span(5, 2)));
    assertThat(two.orTimeout(5, TimeUnit.SECONDS).join()).hasSize(2);
    assertThat(receiver.awaitTrace(hex(5, 2), spans -> spans.size() == 2)).isCompleted();
  }

  @Test
  void keepsTheLatestLogsAndBoundedSeries() {
    ScopeLogs.Builder logs = ScopeLogs.newBuilder();
    for (int i = 0; i < 5; i++) {
      logs.addLogRecords(
          LogRecord.newBuilder()
              .setEventName("e" + i)
              .setBody(AnyValue.newBuilder().setStringValue("b")));
    }
    LogsServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .export(
            ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(logs))
                .build());
    assertThat(receiver.logs(_ -> true))
        .extracting(ReceivedLog::event)
        .containsExactly("e2", "e3", "e4");

    var metrics =
        MetricsServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    metrics.export(metrics("a", 1));
    metrics.export(metrics("b", 2));
    metrics.export(metrics("c", 3));
    metrics.export(metrics("a", 4));
    assertThat(receiver.metrics("a"))
        .singleElement()
        .satisfies(a -> assertThat(a.value()).isEqualTo(4));
    assertThat(receiver.metrics("c")).isEmpty();
    Metric summary =
        Metric.newBuilder()
            .setName("s")
            .setSummary(Summary.newBuilder().addDataPoints(SummaryDataPoint.getDefaultInstance()))
            .build();
    assertThat(metrics.export(request(summary)).getPartialSuccess().getRejectedDataPoints())
        .isEqualTo(1);
  }

  private static ExportTraceServiceRequest request(Span... spans) {
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .addScopeSpans(ScopeSpans.newBuilder().addAllSpans(List.of(spans))))
        .build();
  }

  private static ExportMetricsServiceRequest metrics(String name, long value) {
    return request(
        Metric.newBuilder()
            .setName(name)
            .setGauge(
                Gauge.newBuilder().addDataPoints(NumberDataPoint.newBuilder().setAsInt(value)))
            .build());
  }

  private static ExportMetricsServiceRequest request(Metric metric) {
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(metric)))
        .build();
  }

  private static Span span(long trace, long id) {
    return Span.newBuilder().setTraceId(id(trace, 2)).setSpanId(id(id, 1)).setName("GET").build();
  }

  private static KeyValue attribute(String key) {
    return KeyValue.newBuilder().setKey(key).setValue(AnyValue.newBuilder().setIntValue(1)).build();
  }

  private static ByteString id(long value, int words) {
    return ByteString.copyFrom(
        ByteBuffer.allocate(8 * words).putLong(8 * (words - 1), value).array());
  }

  private static String hex(long value, int words) {
    return "0".repeat(16 * (words - 1)) + String.format("%016x", value);
  }
}
