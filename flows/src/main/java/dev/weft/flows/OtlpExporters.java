package dev.weft.flows;

import dev.weft.api.v1.Header;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The connection to one OTLP/gRPC receiver, shared by the three signals. Thread-safe. Connects when
 * first used and again after every failure, without gRPC's growing back-off: the next batch is at
 * most an export interval away, and a receiver that is back should be used at once.
 */
final class OtlpExporters implements AutoCloseable {

  // OTLP specification, "Failures": these answers may be retried. Two tries, since the queue behind
  // is short.
  private static final Map<String, ?> RETRIES =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(Map.of()),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts",
                      2.0,
                      "initialBackoff",
                      "0.5s",
                      "maxBackoff",
                      "1s",
                      "backoffMultiplier",
                      2.0,
                      "retryableStatusCodes",
                      List.of("UNAVAILABLE", "RESOURCE_EXHAUSTED", "ABORTED")))));

  // The exporters report every failed call through java.util.logging; ExportQueue says it once,
  // with the cause.
  private static final Logger EXPORTERS = Logger.getLogger("io.opentelemetry.exporter");

  static {
    EXPORTERS.setLevel(Level.OFF);
  }

  private final ManagedChannel channel;
  private final SpanExporter spans;
  private final LogRecordExporter logs;
  private final MetricExporter metrics;

  OtlpExporters(URI endpoint, Duration timeout) {
    this(endpoint, timeout, List.of());
  }

  /**
   * @param headers of every call with spans
   */
  @SuppressWarnings("deprecation") // setChannel: else every signal opens a connection of its own
  OtlpExporters(URI endpoint, Duration timeout, List<Header> headers) {
    channel =
        NettyChannelBuilder.forAddress(bare(endpoint.getHost()), endpoint.getPort())
            .usePlaintext()
            .defaultServiceConfig(RETRIES)
            .build();
    var toSpans = OtlpGrpcSpanExporter.builder().setChannel(channel).setTimeout(timeout);
    headers.forEach(header -> toSpans.addHeader(header.getName(), header.getValue()));
    spans = toSpans.build();
    logs = OtlpGrpcLogRecordExporter.builder().setChannel(channel).setTimeout(timeout).build();
    metrics = OtlpGrpcMetricExporter.builder().setChannel(channel).setTimeout(timeout).build();
  }

  CompletableResultCode spans(Collection<SpanData> batch) {
    return watched(spans.export(batch));
  }

  CompletableResultCode logs(Collection<LogRecordData> batch) {
    return watched(logs.export(batch));
  }

  CompletableResultCode metrics(Collection<MetricData> batch) {
    return watched(metrics.export(batch));
  }

  /** Calls under way end as they will; new ones fail. */
  @Override
  public void close() {
    spans.shutdown();
    logs.shutdown();
    metrics.shutdown();
    channel.shutdown();
  }

  /** Ends calls under way. */
  void abort() {
    channel.shutdownNow();
  }

  private CompletableResultCode watched(CompletableResultCode result) {
    return result.whenComplete(
        () -> {
          if (!result.isSuccess()) {
            channel.enterIdle();
          }
        });
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
