package dev.weft.flows;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts telemetry that was lost. Any thread may add; nothing locks. */
final class TelemetryDrops {

  enum Signal {
    TRACES,
    LOGS,
    METRICS,
    FLOWS;

    final String label = name().toLowerCase(Locale.ROOT);
  }

  enum Reason {
    /** The receiver is slower than what is recorded. */
    QUEUE_FULL,
    /** The receiver refused, failed, or did not answer in time. */
    EXPORT_FAILED,
    /** Still waiting when the process ended. */
    SHUTDOWN,
    /** Overwritten before the kernel's or a reader's turn came. */
    OVERRUN;

    final String label = name().toLowerCase(Locale.ROOT);
  }

  private final Map<Signal, Map<Reason, LongAdder>> counts = new EnumMap<>(Signal.class);

  TelemetryDrops() {
    for (Signal signal : Signal.values()) {
      Map<Reason, LongAdder> reasons = new EnumMap<>(Reason.class);
      for (Reason reason : Reason.values()) {
        reasons.put(reason, new LongAdder());
      }
      counts.put(signal, reasons);
    }
  }

  void add(Signal signal, Reason reason, long items) {
    counter(signal, reason).add(items);
  }

  long count(Signal signal, Reason reason) {
    return counter(signal, reason).sum();
  }

  long count(Signal signal) {
    long sum = 0;
    for (Reason reason : Reason.values()) {
      sum += count(signal, reason);
    }
    return sum;
  }

  /** Every signal is reported from the start, so that nothing lost reads as zero. */
  void register(Meter meter) {
    meter
        .counterBuilder("weft.telemetry.dropped")
        .setDescription("Telemetry that was lost, by signal and reason")
        .setUnit("{item}")
        .buildWithCallback(
            to ->
                counts.forEach(
                    (signal, reasons) ->
                        reasons.forEach(
                            (reason, count) ->
                                to.record(
                                    count.sum(),
                                    Attributes.of(
                                        Attrs.SIGNAL, signal.label, ERROR_TYPE, reason.label)))));
  }

  private LongAdder counter(Signal signal, Reason reason) {
    return requireNonNull(requireNonNull(counts.get(signal)).get(reason));
  }
}
