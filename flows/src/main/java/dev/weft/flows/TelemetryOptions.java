package dev.weft.flows;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is fixed for the life of the node process.
 *
 * @param node name of the node; becomes {@code k8s.node.name} and {@code service.instance.id}
 * @param resourceAttributes more attributes of the telemetry's resource
 * @param prometheus where {@code /metrics} is served; port 0 takes a free one; {@code null} for
 *     nowhere
 * @param settings what may change later by {@link Telemetry#reconfigure}
 * @param limits bounds of memory and time
 */
public record TelemetryOptions(
    String node,
    Map<String, String> resourceAttributes,
    @Nullable InetSocketAddress prometheus,
    TelemetrySettings settings,
    Limits limits) {

  public TelemetryOptions {
    resourceAttributes = Map.copyOf(resourceAttributes);
  }

  /** A node with the usual limits, serving Prometheus on {@code prometheus}. */
  public static TelemetryOptions of(
      String node, @Nullable InetSocketAddress prometheus, TelemetrySettings settings) {
    return new TelemetryOptions(node, Map.of(), prometheus, settings, Limits.DEFAULT);
  }

  /** The same with other limits. */
  public TelemetryOptions withLimits(Limits other) {
    return new TelemetryOptions(node, resourceAttributes, prometheus, settings, other);
  }

  /**
   * Bounds.
   *
   * @param queue spans, and log records, that may wait for export, rounded up to a power of two;
   *     more are dropped and counted
   * @param batch how many go out in one call
   * @param exportInterval how long something may wait before it goes out
   * @param metricInterval time between two exports of metrics
   * @param exportTimeout a call to the receiver that takes longer has failed
   * @param series time series of requests, and an eighth as many of retries; what comes beyond is
   *     counted in one series marked {@code otel.metric.overflow}
   * @param flows flow records kept, rounded up to a power of two
   */
  public record Limits(
      int queue,
      int batch,
      Duration exportInterval,
      Duration metricInterval,
      Duration exportTimeout,
      int series,
      int flows) {

    /**
     * 2,048 spans and as many log records waiting, 512 a call, 8,192 flows, and 500 series: with
     * those of retries and all others, whose number is bounded too, a node has 1,000 at most.
     */
    public static final Limits DEFAULT =
        new Limits(
            2048,
            512,
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            500,
            8192);
  }
}
