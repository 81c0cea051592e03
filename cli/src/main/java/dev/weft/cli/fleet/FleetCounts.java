package dev.weft.cli.fleet;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What a fleet has been told. An edit counts as arrived when every node has been sent its version;
 * a version that a later one overtakes is never reported. Thread-safe.
 */
final class FleetCounts {
  private final int nodes;
  private final LongSupplier clock;
  private final Consumer<Map<String, Object>> report;
  private final LongAdder updates = new LongAdder();
  private final LongAdder resources = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final AtomicInteger complete = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final Map<String, Arrival> arrivals = new ConcurrentHashMap<>();

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

  /** How many nodes have one version of a resource. */
  private record Arrival(String version, int nodes, long first) {}

  void update(Update update) {
    updates.increment();
    resources.add(update.getUpsertedCount() + update.getRemovedCount());
    bytes.add(update.getSerializedSize());
  }

  /** A node that was complete has been sent a resource. */
  void edited(Resource resource) {
    long now = clock.getAsLong();
    String version = resource.getVersion();
    arrivals.compute(
        resource.getName(),
        (name, before) -> {
          Arrival arrival =
              before == null || !before.version().equals(version)
                  ? new Arrival(version, 1, now)
                  : new Arrival(version, before.nodes() + 1, before.first());
          if (arrival.nodes() < nodes) {
            return arrival;
          }
          report.accept(
              Map.of(
                  "event",
                  "arrived",
                  "resource",
                  name,
                  "first_ns",
                  arrival.first(),
                  "last_ns",
                  now));
          return null;
        });
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
