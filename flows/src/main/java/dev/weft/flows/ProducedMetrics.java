package dev.weft.flows;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Turns counts into the SDK's metric records, at one moment. */
record ProducedMetrics(Resource resource, long startNanos, long nowNanos) {
  private static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.create("dev.weft.flows");
  private static final List<Double> BOUNDS = Arrays.stream(Series.BOUNDS).boxed().toList();

  /** A histogram of seconds; every value is laid out as {@link Series} says. */
  MetricData durations(String name, String description, Map<Attributes, long[]> points) {
    List<HistogramPointData> data = new ArrayList<>(points.size());
    points.forEach(
        (attributes, slots) -> {
          List<Long> counts = Arrays.stream(slots, 0, Series.BUCKETS).boxed().toList();
          data.add(
              HistogramPointData.create(
                  startNanos,
                  nowNanos,
                  attributes,
                  slots[Series.SUM] / 1e9,
                  false,
                  0,
                  false,
                  0,
                  BOUNDS,
                  counts));
        });
    return new Metric(
        resource,
        name,
        description,
        "s",
        MetricDataType.HISTOGRAM,
        HistogramData.create(AggregationTemporality.CUMULATIVE, data));
  }

  /** A counter. */
  MetricData sum(String name, String description, String unit, Map<Attributes, Long> points) {
    List<LongPointData> data = new ArrayList<>(points.size());
    points.forEach(
        (attributes, value) ->
            data.add(LongPointData.create(startNanos, nowNanos, attributes, value)));
    return new Metric(
        resource,
        name,
        description,
        unit,
        MetricDataType.LONG_SUM,
        SumData.createLongSumData(true, AggregationTemporality.CUMULATIVE, data));
  }

  private record Metric(
      Resource resource,
      String name,
      String description,
      String unit,
      MetricDataType type,
      Data<?> data)
      implements MetricData {

    @Override
    public Resource getResource() {
      return resource;
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
      return SCOPE;
    }

    @Override
    public String getName() {
      return name;
    }

    @Override
    public String getDescription() {
      return description;
    }

    @Override
    public String getUnit() {
      return unit;
    }

    @Override
    public MetricDataType getType() {
      return type;
    }

    @Override
    public Data<?> getData() {
      return data;
    }
  }
}
