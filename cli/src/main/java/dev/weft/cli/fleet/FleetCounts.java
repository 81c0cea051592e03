package dev.weft.cli.fleet;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import io.grpc.Status;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What a fleet has been told. An edit counts as arrived when every node has been sent its version;
 * a version that a later one overtakes is never reported. Thread-safe.
 */
final class FleetCounts {
  /**
   * Edits that are remembered at once; those which every node skips stay until others push them
   * out.
   */
  private static final int UNDER_WAY = 10_000;

  private final int nodes;
  private final LongSupplier clock;
  private final Consumer<Map<String, Object>> report;
  private final LongAdder updates = new LongAdder();
  private final LongAdder resources = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final AtomicInteger complete = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();

  // Nodes hear of an edit in any order, so that versions of one resource overlap.
  private final Map<Edit, Arrival> arrivals =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Edit, Arrival> eldest) {
          return size() > UNDER_WAY;
        }
      };

  /**
   * Counts of a fleet.
   *
   * @param clock monotonic, nanoseconds
   * @param report gets one event at a time or several at once, from gRPC's threads
   */
  FleetCounts(int nodes, LongSupplier clock, Consumer<Map<String, Object>> report) {
    this.nodes = nodes;
    this.clock = clock;
    this.report = report;
  }

  private record Edit(String resource, String version) {}

  /** How many nodes have an edit. */
  private record Arrival(int nodes, long first) {}

  void update(Update update) {
    updates.increment();
    resources.add(update.getUpsertedCount() + update.getRemovedCount());
    bytes.add(update.getSerializedSize());
  }

  /** A node that was complete has been sent a resource. */
  void edited(Resource resource) {
    long now = clock.getAsLong();
    Edit edit = new Edit(resource.getName(), resource.getVersion());
    Arrival arrival;
    synchronized (arrivals) {
      Arrival before = arrivals.getOrDefault(edit, new Arrival(0, now));
      arrival = new Arrival(before.nodes() + 1, before.first());
      if (arrival.nodes() < nodes) {
        arrivals.put(edit, arrival);
        return;
      }
      arrivals.remove(edit);
    }
    report.accept(
        Map.of(
            "event",
            "arrived",
            "resource",
            edit.resource(),
            "first_ns",
            arrival.first(),
            "last_ns",
            now));
  }

  /** One more node holds everything. */
  void completed() {
    if (complete.incrementAndGet() == nodes) {
      report.accept(Map.of("event", "complete", "nodes", nodes, "ns", clock.getAsLong()));
    }
  }

  void lost(String node, Status status) {
    lost.incrementAndGet();
    report.accept(Map.of("event", "lost", "node", node, "status", status.toString()));
  }

  /** Sums since the start. */
  Map<String, Object> sums() {
    return Map.of(
        "event", "sums",
        "ns", clock.getAsLong(),
        "complete", complete.get(),
        "lost", lost.get(),
        "updates", updates.sum(),
        "resources", resources.sum(),
        "bytes", bytes.sum());
  }
}
