package dev.weft.flows;

import dev.weft.flows.TelemetryDrops.Reason;
import dev.weft.flows.TelemetryDrops.Signal;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.ReadableSpan;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The thread {@code telemetry}: moves what event loops queued to the receiver of the day. Calls to
 * the receiver are asynchronous, so a receiver that does not answer stops neither the other signal
 * nor this thread.
 */
final class ExportWorker {
  /** Between looks whether a queue has been sent. */
  private static final int LOOK_MILLIS = 5;

  final ExportQueue<ReadableSpan> spans;
  final ExportQueue<ReadWriteLogRecord> logs;
  private final TelemetryDrops drops;
  private final TelemetryOptions.Limits limits;
  private final ScheduledThreadPoolExecutor thread;
  private volatile @Nullable OtlpExporters exporters;
  private volatile boolean failing;

  /** Queues beside the mesh's own; each has one receiver for its whole life. */
  private final List<Side> sides = new CopyOnWriteArrayList<>();

  /** Spans for one more receiver. */
  record Side(ExportQueue<ReadableSpan> spans, OtlpExporters exporters) {}

  ExportWorker(TelemetryOptions.Limits limits, TelemetryDrops drops) {
    this.limits = limits;
    this.drops = drops;
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("telemetry").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    spans = new ExportQueue<>(Signal.TRACES, limits, thread, drops);
    logs = new ExportQueue<>(Signal.LOGS, limits, thread, drops);
    long period = limits.exportInterval().toMillis();
    thread.scheduleWithFixedDelay(this::drain, period, period, TimeUnit.MILLISECONDS);
  }

  /** From now on exports go to the receiver of these settings, or nowhere. */
  void exportTo(TelemetrySettings settings) {
    OtlpExporters next =
        settings.exports() ? new OtlpExporters(settings.endpoint(), limits.exportTimeout()) : null;
    thread.execute(() -> replace(next));
  }

  /** One more receiver, of spans only. */
  Side open(OtlpExporters to) {
    Side side = new Side(new ExportQueue<>(Signal.TRACES, limits, thread, drops), to);
    side.spans.exportTo(batch -> to.spans(batch.stream().map(ReadableSpan::toSpanData).toList()));
    sides.add(side);
    return side;
  }

  /** Sends what is queued for a receiver, and then nothing more. */
  void close(Side side) {
    long looks = limits.exportTimeout().toMillis() / LOOK_MILLIS;
    thread.execute(() -> finish(side, looks));
  }

  private void finish(Side side, long looks) {
    side.spans.drain();
    if (side.spans.isIdle() || looks <= 0) {
      sides.remove(side);
      side.spans.abandon();
      side.exporters.close();
    } else {
      later(() -> finish(side, looks - 1));
    }
  }

  boolean isFailing() {
    return failing;
  }

  /** Runs a task on the telemetry thread after what it has been given before. */
  void soon(Runnable task) {
    thread.execute(task);
  }

  /** Runs a task on the telemetry thread after a look's time. */
  void later(Runnable task) {
    thread.schedule(task, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Completes when everything queued until now was sent or given up. */
  CompletableFuture<Void> flush() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    thread.execute(() -> await(done));
    return done;
  }

  /** Sends what it can within {@code patience}; the rest is counted as dropped. */
  void close(Duration patience) {
    CompletableFuture<Void> flushed =
        flush().completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS);
    CompletableFuture<Void> closed = flushed.thenRunAsync(this::abandon, thread);
    closed
        .orTimeout(patience.toMillis() + 1000, TimeUnit.MILLISECONDS)
        .exceptionally(_ -> null)
        .join();
    thread.shutdownNow();
  }

  /** The exporter for the SDK's periodic metric reader. */
  MetricExporter metrics() {
    return new Metrics();
  }

  private void drain() {
    spans.drain();
    logs.drain();
    sides.forEach(side -> side.spans.drain());
    failing =
        spans.isFailing()
            || logs.isFailing()
            || sides.stream().anyMatch(side -> side.spans.isFailing());
  }

  private void await(CompletableFuture<Void> done) {
    drain();
    if (spans.isIdle() && logs.isIdle() && sides.stream().allMatch(side -> side.spans.isIdle())) {
      done.complete(null);
    } else {
      later(() -> await(done));
    }
  }

  private void replace(@Nullable OtlpExporters next) {
    OtlpExporters previous = exporters;
    exporters = next;
    if (next == null) {
      spans.exportTo(null);
      logs.exportTo(null);
    } else {
      spans.exportTo(batch -> next.spans(batch.stream().map(ReadableSpan::toSpanData).toList()));
      logs.exportTo(
          batch -> next.logs(batch.stream().map(ReadWriteLogRecord::toLogRecordData).toList()));
    }
    if (previous != null) {
      previous.close();
    }
  }

  private void abandon() {
    OtlpExporters last = exporters;
    replace(null);
    spans.abandon();
    logs.abandon();
    sides.forEach(
        side -> {
          side.spans.abandon();
          side.exporters.abort();
        });
    if (last != null) {
      last.abort();
    }
  }

  private final class Metrics implements MetricExporter {

    @Override
    public CompletableResultCode export(Collection<MetricData> metrics) {
      OtlpExporters to = exporters;
      if (to == null) {
        return CompletableResultCode.ofSuccess();
      }
      int points = metrics.stream().mapToInt(metric -> metric.getData().getPoints().size()).sum();
      CompletableResultCode result = to.metrics(metrics);
      return result.whenComplete(
          () -> {
            if (!result.isSuccess()) {
              drops.add(Signal.METRICS, Reason.EXPORT_FAILED, points);
            }
          });
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
      return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
