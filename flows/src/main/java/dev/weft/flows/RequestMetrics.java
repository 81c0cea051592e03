package dev.weft.flows;

import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * {@code http.client.request.duration}, {@code http.server.request.duration} and {@code
 * weft.proxy.retries}.
 *
 * <p>The SDK's histograms take a lock for every recording, which an event loop may not. So every
 * loop counts in series of its own, and this producer adds them up when a reader asks. The number
 * of series is bounded: what comes after the limit is counted in one series a side, and retries of
 * what comes after theirs in one.
 *
 * <p>{@link #record} may be called by any thread; {@link #produce} by the readers.
 */
final class RequestMetrics implements MetricProducer {
  /** Few routes of a node's pods are retried: an eighth of the limit is enough for retries. */
  private static final int RETRY_SHARE = 8;

  private final Clocks clocks;
  private final long startNanos;
  private final BoundedSeries<SeriesKey> requests;
  private final BoundedSeries<Attributes> retries;
  private final Queue<Series> all = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<Loop> loops = ThreadLocal.withInitial(Loop::new);

  RequestMetrics(Clocks clocks, int limit) {
    this.clocks = clocks;
    this.startNanos = clocks.epochNanos();
    this.requests = new BoundedSeries<>(limit, SeriesKey::attributes);
    this.retries = new BoundedSeries<>(limit / RETRY_SHARE, Function.identity());
  }

  /** Counts a finished request. */
  void record(RequestStart start, RequestEnd end) {
    Loop loop = loops.get();
    Series series = loop.series.find(start, end);
    if (series == null) {
      series = loop.first(start, end);
    }
    if (end.attempts() > 1 && series.retried() == null) {
      series.retried(
          series.key == null ? BoundedSeries.OVERFLOW : retries.of(series.key.retryAttributes()));
    }
    series.record(end.endNanos() - start.startNanos(), end.attempts());
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    Map<Attributes, long[]> client = new HashMap<>();
    Map<Attributes, long[]> server = new HashMap<>();
    Map<Attributes, Long> retried = new HashMap<>();
    for (Series series : all) {
      long[] counted = series.read();
      if (Arrays.stream(counted, 0, Series.BUCKETS).anyMatch(count -> count > 0)) {
        (series.server ? server : client).merge(series.attributes, counted, RequestMetrics::plus);
      }
      Attributes by = series.retried();
      if (by != null) {
        retried.merge(by, counted[Series.RETRIES], Long::sum);
      }
    }
    ProducedMetrics metrics = new ProducedMetrics(resource, startNanos, clocks.epochNanos());
    List<MetricData> produced = new ArrayList<>();
    if (!client.isEmpty()) {
      produced.add(
          metrics.durations(
              "http.client.request.duration",
              "Duration of requests that pods of this node made",
              client));
    }
    if (!server.isEmpty()) {
      produced.add(
          metrics.durations(
              "http.server.request.duration",
              "Duration of requests that pods of this node or Gateways answered",
              server));
    }
    if (!retried.isEmpty()) {
      produced.add(
          metrics.sum(
              "weft.proxy.retries", "Tries beyond the first of a request", "{try}", retried));
    }
    return produced;
  }

  private static long[] plus(long[] total, long[] more) {
    for (int i = 0; i < total.length; i++) {
      total[i] += more[i];
    }
    return total;
  }

  /** What one thread counts in. */
  private final class Loop {
    final LoopSeries series = new LoopSeries();
    private final Series clientOverflow =
        published(new Series(null, false, BoundedSeries.OVERFLOW));
    private final Series serverOverflow = published(new Series(null, true, BoundedSeries.OVERFLOW));

    Series first(RequestStart start, RequestEnd end) {
      SeriesKey key = SeriesKey.of(start, end);
      Attributes attributes = requests.of(key);
      if (attributes.equals(BoundedSeries.OVERFLOW)) {
        return key.isServer() ? serverOverflow : clientOverflow;
      }
      Series fresh = published(new Series(key, key.isServer(), attributes));
      series.add(fresh, start, end);
      return fresh;
    }

    private Series published(Series fresh) {
      all.add(fresh);
      return fresh;
    }
  }
}
