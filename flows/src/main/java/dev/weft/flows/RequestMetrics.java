package dev.weft.flows;

import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code http.client.request.duration}, {@code http.server.request.duration} and {@code
 * weft.proxy.retries}.
 *
 * <p>The SDK's histograms take a lock for every recording, which an event loop may not. So every
 * loop counts in series of its own, and this producer adds them up when a reader asks. The number
 * of series is bounded: what comes after the limit is counted in one series a side, marked {@code
 * otel.metric.overflow}.
 *
 * <p>{@link #record} may be called by any thread; {@link #produce} by the readers.
 */
final class RequestMetrics implements MetricProducer {
  private static final Attributes OVERFLOW = Attributes.of(Attrs.OVERFLOW, true);

  private final Clocks clocks;
  private final long startNanos;
  private final int limit;
  private final AtomicInteger size = new AtomicInteger();
  private final Map<SeriesKey, Attributes> known = new ConcurrentHashMap<>();
  private final Queue<Series> all = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<Loop> loops = ThreadLocal.withInitial(Loop::new);

  RequestMetrics(Clocks clocks, int limit) {
    this.clocks = clocks;
    this.startNanos = clocks.epochNanos();
    this.limit = limit;
  }

  /** Counts a finished request. */
  void record(RequestStart start, RequestEnd end) {
    Loop loop = loops.get();
    Series series = loop.series.find(start, end);
    if (series == null) {
      series = loop.first(start, end);
    }
    series.record(end.endNanos() - start.startNanos(), end.attempts());
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    Map<Attributes, long[]> client = new HashMap<>();
    Map<Attributes, long[]> server = new HashMap<>();
    Map<Attributes, Long> retries = new HashMap<>();
    for (Series series : all) {
      long[] counted = series.read();
      if (Arrays.stream(counted, 0, Series.BUCKETS).anyMatch(count -> count > 0)) {
        (series.server ? server : client).merge(series.attributes, counted, RequestMetrics::plus);
      }
      if (series.key != null && counted[Series.RETRIES] > 0) {
        retries.merge(series.key.retryAttributes(), counted[Series.RETRIES], Long::sum);
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
    if (!retries.isEmpty()) {
      produced.add(
          metrics.sum(
              "weft.proxy.retries", "Tries beyond the first of a request", "{try}", retries));
    }
    return produced;
  }

  private static long[] plus(long[] total, long[] more) {
    for (int i = 0; i < total.length; i++) {
      total[i] += more[i];
    }
    return total;
  }

  private boolean admit(SeriesKey key) {
    if (known.containsKey(key)) {
      return true;
    }
    if (size.get() >= limit) {
      return false;
    }
    if (known.putIfAbsent(key, key.attributes()) == null) {
      size.incrementAndGet();
    }
    return true;
  }

  /** What one thread counts in. */
  private final class Loop {
    final LoopSeries series = new LoopSeries();
    private final Series clientOverflow = published(new Series(null, false, OVERFLOW));
    private final Series serverOverflow = published(new Series(null, true, OVERFLOW));

    Series first(RequestStart start, RequestEnd end) {
      SeriesKey key = SeriesKey.of(start, end);
      if (!admit(key)) {
        return start.side() == Side.OUTBOUND ? clientOverflow : serverOverflow;
      }
      Attributes attributes = known.getOrDefault(key, OVERFLOW);
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
