package dev.weft.flows;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** Packets that the eBPF programs forwarded and dropped. Read when a reader collects. */
final class DatapathMetrics {
  private volatile Supplier<List<DatapathCounter>> counters = List::of;

  void readFrom(Supplier<List<DatapathCounter>> source) {
    counters = source;
  }

  void register(Meter meter) {
    counter(
        meter,
        "weft.datapath.packets",
        "{packet}",
        "Packets handled in the kernel",
        DatapathCounter::packets);
    counter(meter, "weft.datapath.io", "By", "Bytes handled in the kernel", DatapathCounter::bytes);
  }

  private void counter(
      Meter meter,
      String name,
      String unit,
      String description,
      ToLongFunction<DatapathCounter> value) {
    meter
        .counterBuilder(name)
        .setUnit(unit)
        .setDescription(description + ", by what became of them")
        .buildWithCallback(to -> report(to, value));
  }

  private void report(ObservableLongMeasurement to, ToLongFunction<DatapathCounter> value) {
    for (DatapathCounter counter : counters.get()) {
      to.record(value.applyAsLong(counter), attributes(counter));
    }
  }

  private static Attributes attributes(DatapathCounter counter) {
    AttributesBuilder attributes = Attributes.builder();
    attributes.put(Attrs.VERDICT, counter.reason().isEmpty() ? "forwarded" : "dropped");
    if (!counter.reason().isEmpty()) {
      attributes.put(ERROR_TYPE, counter.reason());
    }
    if (counter.direction() != Flow.Direction.UNKNOWN) {
      attributes.put(Attrs.DIRECTION, counter.direction().name().toLowerCase(Locale.ROOT));
    }
    return attributes.build();
  }
}
