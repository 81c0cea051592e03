package dev.weft.node;

import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathStats;
import dev.weft.datapath.FlowEvent;
import dev.weft.flows.DatapathCounter;
import dev.weft.flows.Flow;
import dev.weft.flows.FlowStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The programs' counters for telemetry, read whenever metrics are collected. Tells the flow store
 * of events that the kernel's ring buffer had no room for. Any thread.
 */
final class DatapathCounters implements Supplier<List<DatapathCounter>> {
  private final Datapath datapath;
  private final FlowStore flows;
  private final AtomicLong lost;

  DatapathCounters(Datapath datapath, FlowStore flows) {
    this.datapath = datapath;
    this.flows = flows;
    // Events lost before this process are nobody's loss any more.
    this.lost = new AtomicLong(datapath.stats().lostEvents());
  }

  @Override
  public List<DatapathCounter> get() {
    DatapathStats stats = datapath.stats();
    long before = lost.getAndAccumulate(stats.lostEvents(), Math::max);
    flows.lost(Math.max(0, stats.lostEvents() - before));
    List<DatapathCounter> counters = new ArrayList<>();
    stats
        .packets()
        .forEach(
            (reason, packets) ->
                counters.add(
                    new DatapathCounter(text(reason), Flow.Direction.UNKNOWN, packets, 0)));
    return counters;
  }

  private static String text(FlowEvent.Reason reason) {
    return reason == FlowEvent.Reason.NONE ? "" : reason.name();
  }
}
