package dev.weft.datapath;

import java.util.Map;

/**
 * Counters since the maps were made; they survive a restart of the process.
 *
 * @param packets packets dropped or redirected, by reason; NONE counts new forwarded connections
 * @param lostEvents flow events that found the ring buffer full
 * @param limitedEvents flow events of drops left out because there were too many a second
 */
public record DatapathStats(
    Map<FlowEvent.Reason, Long> packets, long lostEvents, long limitedEvents) {
  public DatapathStats {
    packets = Map.copyOf(packets);
  }

  /** Packets counted for a reason. */
  public long packets(FlowEvent.Reason reason) {
    return packets.getOrDefault(reason, 0L);
  }
}
