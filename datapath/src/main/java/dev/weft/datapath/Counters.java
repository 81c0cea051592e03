package dev.weft.datapath;

import dev.weft.datapath.FlowEvent.Reason;
import dev.weft.datapath.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;

/** The map {@code stats} of flow.h: by reason, then the numbers at the end. */
final class Counters {
  private static final int LOST = 30;
  private static final int LIMITED = 31;

  private Counters() {}

  static DatapathStats read(BpfMap stats) {
    Map<Reason, Long> packets = new EnumMap<>(Reason.class);
    Reason[] reasons = Reason.values();
    for (int number = 0; number < reasons.length; number++) {
      packets.put(reasons[number], total(stats, number));
    }
    return new DatapathStats(packets, total(stats, LOST), total(stats, LIMITED));
  }

  private static long total(BpfMap stats, int index) {
    byte[] values = stats.getPerCpu(Codec.NUMBER.toBytes(index));
    long total = 0;
    if (values != null) {
      ByteBuffer in = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
      while (in.hasRemaining()) {
        total += in.getLong();
      }
    }
    return total;
  }
}
