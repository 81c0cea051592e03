package dev.weft.flows.receiver;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * What was received, bounded: beyond the limits the oldest trace, the oldest log record, or the new
 * time series is given up and counted. Guarded by its own monitor; nothing here is near a data
 * path.
 */
final class ReceivedStore {

  private record Series(
      String name, Map<String, String> attributes, Map<String, String> resource) {}

  private record Waiter(
      String traceId,
      Predicate<List<ReceivedSpan>> complete,
      CompletableFuture<List<ReceivedSpan>> result) {}

  private final OtlpReceiver.Limits limits;
  private final SequencedMap<String, List<ReceivedSpan>> traces = new LinkedHashMap<>();
  private final ArrayDeque<ReceivedLog> logs = new ArrayDeque<>();
  private final Map<Series, ReceivedMetric> metrics = new HashMap<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private int spans;
  private long discarded;

  ReceivedStore(OtlpReceiver.Limits limits) {
    this.limits = limits;
  }

  synchronized void add(ReceivedSpan span) {
    traces.computeIfAbsent(span.traceId(), _ -> new ArrayList<>()).add(span);
    spans++;
    while (spans > limits.spans()) {
      int lost = traces.pollFirstEntry().getValue().size();
      spans -= lost;
      discarded += lost;
    }
    waiters.removeIf(waiter -> waiter.traceId.equals(span.traceId()) && settles(waiter));
  }

  synchronized void add(ReceivedLog log) {
    logs.add(log);
    if (logs.size() > limits.logs()) {
      logs.remove();
      discarded++;
    }
  }

  synchronized void add(ReceivedMetric metric) {
    Series series = new Series(metric.name(), metric.attributes(), metric.resource());
    if (metrics.containsKey(series) || metrics.size() < limits.series()) {
      metrics.put(series, metric);
    } else {
      discarded++;
    }
  }

  synchronized void discard(long items) {
    discarded += items;
  }

  synchronized List<ReceivedSpan> trace(String traceId) {
    return List.copyOf(traces.getOrDefault(traceId, List.of()));
  }

  synchronized List<ReceivedSpan> spans(Predicate<ReceivedSpan> matching) {
    return traces.values().stream().flatMap(List::stream).filter(matching).toList();
  }

  synchronized List<ReceivedLog> logs(Predicate<ReceivedLog> matching) {
    return logs.stream().filter(matching).toList();
  }

  synchronized List<ReceivedMetric> metrics(String name) {
    return metrics.values().stream().filter(metric -> metric.name().equals(name)).toList();
  }

  synchronized long discarded() {
    return discarded;
  }

  synchronized CompletableFuture<List<ReceivedSpan>> await(
      String traceId, Predicate<List<ReceivedSpan>> complete) {
    Waiter waiter = new Waiter(traceId, complete, new CompletableFuture<>());
    if (!settles(waiter)) {
      waiters.removeIf(old -> old.result.isDone());
      waiters.add(waiter);
    }
    return waiter.result;
  }

  private boolean settles(Waiter waiter) {
    List<ReceivedSpan> spans = trace(waiter.traceId);
    return waiter.complete.test(spans) && waiter.result.complete(spans);
  }
}
