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
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one OTLP/gRPC receiver, shared by the three signals. Thread-safe. Made when
 * first used, so that a node's start does not wait for it, and connected again after every failure
 * without gRPC's growing back-off: the next batch is at most an export interval away, and a
 * receiver that is back should be used at once.
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

  private final URI endpoint;
  private final Duration timeout;
  private final List<Header> headers;
  private @Nullable Connection connection;
  private boolean closed;

  /** One channel and what is exported through it. */
  private record Connection(
      ManagedChannel channel, SpanExporter spans, LogRecordExporter logs, MetricExporter metrics) {

    @SuppressWarnings("deprecation") // setChannel: else every signal opens a connection of its own
    static Connection to(URI endpoint, Duration timeout, List<Header> headers) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(bare(endpoint.getHost()), endpoint.getPort())
              .usePlaintext()
              .defaultServiceConfig(RETRIES)
              .build();
      var spans = OtlpGrpcSpanExporter.builder().setChannel(channel).setTimeout(timeout);
      headers.forEach(header -> spans.addHeader(header.getName(), header.getValue()));
      return new Connection(
          channel,
          spans.build(),
          OtlpGrpcLogRecordExporter.builder().setChannel(channel).setTimeout(timeout).build(),
          OtlpGrpcMetricExporter.builder().setChannel(channel).setTimeout(timeout).build());
    }

    CompletableResultCode watched(CompletableResultCode result) {
      return result.whenComplete(
          () -> {
            if (!result.isSuccess()) {
              channel.enterIdle();
            }
          });
    }
  }

  OtlpExporters(URI endpoint, Duration timeout) {
    this(endpoint, timeout, List.of());
  }

  /**
   * @param headers of every call with spans
   */
  OtlpExporters(URI endpoint, Duration timeout, List<Header> headers) {
    this.endpoint = endpoint;
    this.timeout = timeout;
    this.headers = List.copyOf(headers);
  }

  CompletableResultCode spans(Collection<SpanData> batch) {
    return export(to -> to.spans().export(batch));
  }

  CompletableResultCode logs(Collection<LogRecordData> batch) {
    return export(to -> to.logs().export(batch));
  }

  CompletableResultCode metrics(Collection<MetricData> batch) {
    return export(to -> to.metrics().export(batch));
  }

  private CompletableResultCode export(Function<Connection, CompletableResultCode> batch) {
    Connection to;
    synchronized (this) {
      if (closed) {
        return CompletableResultCode.ofFailure();
      }
      if (connection == null) {
        connection = Connection.to(endpoint, timeout, headers);
      }
      to = connection;
    }
    return to.watched(batch.apply(to));
  }

  /** Calls under way end as they will; new ones fail. */
  @Override
  public void close() {
    Connection last = last();
    if (last != null) {
      last.spans().shutdown();
      last.logs().shutdown();
      last.metrics().shutdown();
      last.channel().shutdown();
    }
  }

  /** Ends calls under way. */
  void abort() {
    Connection last = last();
    if (last != null) {
      last.channel().shutdownNow();
    }
  }

  private synchronized @Nullable Connection last() {
    closed = true;
    return connection;
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
