package dev.weft.flows;

import dev.weft.flows.TelemetryDrops.Reason;
import dev.weft.flows.TelemetryDrops.Signal;
import io.opentelemetry.sdk.common.CompletableResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded queue between event loops and a slow receiver. Offering never waits; when there is no
 * room the item is dropped and counted.
 *
 * <p>The SDK's batch processors are not used because their exporter is fixed when the provider is
 * built, while the receiver's address is configuration that changes at run time, and because they
 * count losses in a meter of their own only.
 *
 * <p>{@link #offer} may be called by any thread; everything else is confined to the export thread.
 */
final class ExportQueue<T> {
  private static final Logger log = LoggerFactory.getLogger(ExportQueue.class);

  private final Signal signal;
  private final MessagePassingQueue<T> queue;
  private final int batch;
  private final Executor thread;
  private final TelemetryDrops drops;
  private @Nullable Function<List<T>, CompletableResultCode> exporter;
  private int inFlight;
  private boolean failing;

  ExportQueue(
      Signal signal, TelemetryOptions.Limits limits, Executor thread, TelemetryDrops drops) {
    this.signal = signal;
    this.queue = new MpscAtomicArrayQueue<>(limits.queue());
    this.batch = limits.batch();
    this.thread = thread;
    this.drops = drops;
  }

  /** Whether the item was taken. */
  boolean offer(T item) {
    boolean taken = queue.offer(item);
    if (!taken) {
      drops.add(signal, Reason.QUEUE_FULL, 1);
    }
    return taken;
  }

  /** Whether an item built now would be dropped; asked before building an expensive one. */
  boolean isFull() {
    return queue.size() >= queue.capacity();
  }

  /** Counts items that were not even built because of {@link #isFull}. */
  void skipped(int items) {
    drops.add(signal, Reason.QUEUE_FULL, items);
  }

  /** From now on batches go there; with {@code null} what is queued waits. */
  void exportTo(@Nullable Function<List<T>, CompletableResultCode> next) {
    exporter = next;
    failing = false;
  }

  boolean isIdle() {
    return inFlight == 0 && (queue.isEmpty() || exporter == null);
  }

  boolean isFailing() {
    return failing;
  }

  /** Sends what is queued, one batch after the other. Returns at once. */
  void drain() {
    while (inFlight == 0 && exporter != null && !queue.isEmpty()) {
      List<T> items = new ArrayList<>(batch);
      queue.drain(items::add, batch);
      inFlight = items.size();
      CompletableResultCode result = export(exporter, items);
      if (result.isDone()) {
        answered(result);
      } else {
        result.whenComplete(
            () ->
                thread.execute(
                    () -> {
                      answered(result);
                      drain();
                    }));
      }
    }
  }

  /** Gives up what is still queued or unanswered. */
  void abandon() {
    int left = inFlight;
    inFlight = 0;
    while (queue.poll() != null) {
      left++;
    }
    drops.add(signal, Reason.SHUTDOWN, left);
  }

  private CompletableResultCode export(Function<List<T>, CompletableResultCode> to, List<T> items) {
    try {
      return to.apply(items);
    } catch (RuntimeException e) {
      log.warn("Exporting {} failed before anything was sent", signal.label, e);
      return CompletableResultCode.ofFailure();
    }
  }

  private static String cause(CompletableResultCode result) {
    Throwable thrown = result.getFailureThrowable();
    if (thrown == null) {
      return "no reason given";
    }
    Throwable root = thrown.getCause() == null ? thrown : thrown.getCause();
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private void answered(CompletableResultCode result) {
    if (!result.isSuccess()) {
      drops.add(signal, Reason.EXPORT_FAILED, inFlight);
      if (!failing) {
        log.warn(
            "The OTLP receiver does not take {} ({}): check that it runs and that the mesh's otlpEndpoint names it."
                + " Traffic is not affected; what is lost is counted in weft.telemetry.dropped",
            signal.label,
            cause(result));
      }
    } else if (failing) {
      log.info("The OTLP receiver takes {} again", signal.label);
    }
    failing = !result.isSuccess();
    inFlight = 0;
  }
}
