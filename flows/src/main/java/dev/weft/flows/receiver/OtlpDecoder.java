package dev.weft.flows.receiver;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * OTLP messages to plain records. Texts are cut at {@link #TEXT}, attributes at {@link
 * #ATTRIBUTES}. Any thread.
 */
final class OtlpDecoder {
  static final int TEXT = 4096;
  static final int ATTRIBUTES = 128;

  private static final int TRACE_ID = 16;
  private static final int SPAN_ID = 8;

  private final SharedTexts shared = new SharedTexts();

  /** Hands over every span with valid ids; returns how many had none. */
  int spans(ExportTraceServiceRequest request, Consumer<ReceivedSpan> to) {
    int rejected = 0;
    for (var resourceSpans : request.getResourceSpansList()) {
      Map<String, String> resource = resource(resourceSpans.getResource());
      for (var scope : resourceSpans.getScopeSpansList()) {
        for (Span span : scope.getSpansList()) {
          if (isId(span.getTraceId(), TRACE_ID) && isId(span.getSpanId(), SPAN_ID)) {
            to.accept(span(span, resource));
          } else {
            rejected++;
          }
        }
      }
    }
    return rejected;
  }

  void logs(ExportLogsServiceRequest request, Consumer<ReceivedLog> to) {
    for (var resourceLogs : request.getResourceLogsList()) {
      Map<String, String> resource = resource(resourceLogs.getResource());
      for (var scope : resourceLogs.getScopeLogsList()) {
        for (LogRecord log : scope.getLogRecordsList()) {
          to.accept(
              new ReceivedLog(
                  text(log.getEventName()),
                  log.getTimeUnixNano(),
                  log.getSeverityNumberValue(),
                  text(log.getBody()),
                  id(log.getTraceId(), TRACE_ID),
                  id(log.getSpanId(), SPAN_ID),
                  attributes(log.getAttributesList()),
                  resource));
        }
      }
    }
  }

  /** Hands over sums, gauges and histograms; returns how many points were of another type. */
  int metrics(ExportMetricsServiceRequest request, Consumer<ReceivedMetric> to) {
    int rejected = 0;
    for (var resourceMetrics : request.getResourceMetricsList()) {
      Map<String, String> resource = resource(resourceMetrics.getResource());
      for (var scope : resourceMetrics.getScopeMetricsList()) {
        for (Metric metric : scope.getMetricsList()) {
          rejected += metric(metric, resource, to);
        }
      }
    }
    return rejected;
  }

  private int metric(Metric metric, Map<String, String> resource, Consumer<ReceivedMetric> to) {
    switch (metric.getDataCase()) {
      case SUM -> numbers(metric, metric.getSum().getDataPointsList(), resource, to);
      case GAUGE -> numbers(metric, metric.getGauge().getDataPointsList(), resource, to);
      case HISTOGRAM -> {
        for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
          to.accept(
              received(
                  metric, point.getAttributesList(), resource, point.getSum(), point.getCount()));
        }
      }
      case EXPONENTIAL_HISTOGRAM -> {
        return metric.getExponentialHistogram().getDataPointsCount();
      }
      case SUMMARY -> {
        return metric.getSummary().getDataPointsCount();
      }
      case DATA_NOT_SET -> {
        return 1;
      }
    }
    return 0;
  }

  private void numbers(
      Metric metric,
      List<NumberDataPoint> points,
      Map<String, String> resource,
      Consumer<ReceivedMetric> to) {
    for (NumberDataPoint point : points) {
      double value = point.hasAsDouble() ? point.getAsDouble() : point.getAsInt();
      to.accept(received(metric, point.getAttributesList(), resource, value, 1));
    }
  }

  private ReceivedMetric received(
      Metric metric,
      List<KeyValue> attributes,
      Map<String, String> resource,
      double value,
      long count) {
    return new ReceivedMetric(
        text(metric.getName()),
        text(metric.getUnit()),
        attributes(attributes),
        resource,
        value,
        count);
  }

  private ReceivedSpan span(Span span, Map<String, String> resource) {
    return new ReceivedSpan(
        id(span.getTraceId(), TRACE_ID),
        id(span.getSpanId(), SPAN_ID),
        id(span.getParentSpanId(), SPAN_ID),
        text(span.getName()),
        kind(span.getKind()),
        span.getStartTimeUnixNano(),
        span.getEndTimeUnixNano(),
        span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR,
        attributes(span.getAttributesList()),
        resource);
  }

  private static ReceivedSpan.Kind kind(Span.SpanKind kind) {
    return switch (kind) {
      case SPAN_KIND_INTERNAL -> ReceivedSpan.Kind.INTERNAL;
      case SPAN_KIND_SERVER -> ReceivedSpan.Kind.SERVER;
      case SPAN_KIND_CLIENT -> ReceivedSpan.Kind.CLIENT;
      case SPAN_KIND_PRODUCER -> ReceivedSpan.Kind.PRODUCER;
      case SPAN_KIND_CONSUMER -> ReceivedSpan.Kind.CONSUMER;
      case SPAN_KIND_UNSPECIFIED, UNRECOGNIZED -> ReceivedSpan.Kind.UNSPECIFIED;
    };
  }

  private Map<String, String> resource(Resource resource) {
    return attributes(resource.getAttributesList());
  }

  private Map<String, String> attributes(List<KeyValue> attributes) {
    Map<String, String> map = new HashMap<>();
    for (KeyValue attribute : attributes) {
      if (map.size() == ATTRIBUTES) {
        break;
      }
      map.put(text(attribute.getKey()), text(attribute.getValue()));
    }
    return map;
  }

  private String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> text(value.getStringValue());
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case INT_VALUE -> Long.toString(value.getIntValue());
      case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
      case BYTES_VALUE -> text(HexFormat.of().formatHex(bounded(value.getBytesValue())));
      case VALUE_NOT_SET -> "";
      default -> text(value.toString());
    };
  }

  private static byte[] bounded(ByteString bytes) {
    return bytes.substring(0, Math.min(bytes.size(), TEXT / 2)).toByteArray();
  }

  private String text(String text) {
    return text.length() <= TEXT ? shared.of(text) : text.substring(0, TEXT);
  }

  private static boolean isId(ByteString id, int length) {
    if (id.size() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (id.byteAt(i) != 0) {
        return true;
      }
    }
    return false;
  }

  private static String id(ByteString id, int length) {
    return isId(id, length) ? HexFormat.of().formatHex(id.toByteArray()) : "";
  }
}
