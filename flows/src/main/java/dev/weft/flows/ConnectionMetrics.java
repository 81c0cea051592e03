package dev.weft.flows;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static java.util.Objects.requireNonNull;

import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.Side;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Downstream connections of the proxy, by side. All sides are reported from the start, so that
 * "none" reads as zero and not as silence. Any thread may count; nothing locks.
 */
final class ConnectionMetrics {

  /**
   * Reasons are the proxy's own, few and fixed; more than this means a bug, and they are counted
   * together.
   */
  private static final int REASONS = 24;

  private static final class Counts {
    final LongAdder opened = new LongAdder();
    final LongAdder closed = new LongAdder();
    final LongAdder received = new LongAdder();
    final LongAdder sent = new LongAdder();
    final Map<String, LongAdder> refused = new ConcurrentHashMap<>();
  }

  private final Map<Side, Counts> sides = new EnumMap<>(Side.class);

  ConnectionMetrics() {
    for (Side side : Side.values()) {
      sides.put(side, new Counts());
    }
  }

  void record(ConnectionEvent event) {
    Counts counts = counts(event.side());
    switch (event.kind()) {
      case OPENED -> counts.opened.increment();
      case REFUSED ->
          refused(counts, event.reason() == null ? "UNKNOWN" : event.reason()).increment();
      case CLOSED -> {
        counts.closed.increment();
        counts.received.add(event.bytesIn());
        counts.sent.add(event.bytesOut());
      }
    }
  }

  void register(Meter meter) {
    meter
        .counterBuilder("weft.proxy.connections")
        .setDescription("Connections that the proxy accepted")
        .setUnit("{connection}")
        .buildWithCallback(to -> each((side, counts) -> to.record(counts.opened.sum(), side)));
    meter
        .upDownCounterBuilder("weft.proxy.connections.active")
        .setDescription("Connections that are open")
        .setUnit("{connection}")
        .buildWithCallback(
            to ->
                each((side, counts) -> to.record(counts.opened.sum() - counts.closed.sum(), side)));
    meter
        .counterBuilder("weft.proxy.connections.refused")
        .setDescription("Connections that the proxy refused, by reason")
        .setUnit("{connection}")
        .buildWithCallback(this::reportRefused);
    meter
        .counterBuilder("weft.proxy.io")
        .setDescription("Payload of closed connections")
        .setUnit("By")
        .buildWithCallback(
            to ->
                each(
                    (side, counts) -> {
                      to.record(counts.received.sum(), with(side, "receive"));
                      to.record(counts.sent.sum(), with(side, "transmit"));
                    }));
  }

  private void reportRefused(ObservableLongMeasurement to) {
    each(
        (side, counts) ->
            counts.refused.forEach(
                (reason, count) ->
                    to.record(count.sum(), side.toBuilder().put(ERROR_TYPE, reason).build())));
  }

  private static Attributes with(Attributes side, String direction) {
    return side.toBuilder().put(Attrs.DIRECTION, direction).build();
  }

  private interface Reporter {
    void report(Attributes side, Counts counts);
  }

  private void each(Reporter reporter) {
    sides.forEach(
        (side, counts) ->
            reporter.report(
                Attributes.of(Attrs.SIDE, side.name().toLowerCase(Locale.ROOT)), counts));
  }

  private static LongAdder refused(Counts counts, String reason) {
    LongAdder known = counts.refused.get(reason);
    if (known != null) {
      return known;
    }
    String key = counts.refused.size() < REASONS ? reason : "_OTHER";
    return counts.refused.computeIfAbsent(key, _ -> new LongAdder());
  }

  private Counts counts(Side side) {
    return requireNonNull(sides.get(side));
  }
}
