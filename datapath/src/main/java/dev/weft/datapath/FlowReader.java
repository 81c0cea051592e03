package dev.weft.datapath;

import dev.weft.datapath.FlowEvent.Endpoint;
import dev.weft.datapath.FlowEvent.Party;
import dev.weft.datapath.FlowEvent.Reason;
import dev.weft.datapath.FlowEvent.Verdict;
import dev.weft.datapath.bpf.BpfMap;
import dev.weft.datapath.bpf.RingBuffer;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that reads flow events. */
final class FlowReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowReader.class);

  /** Also how long {@link #close} may take. */
  private static final int POLL_MILLIS = 100;

  private static final int ICMP = 1;
  private static final Reason[] REASONS = Reason.values();
  private static final Verdict[] VERDICTS = Verdict.values();

  private final Thread thread;
  private volatile boolean closed;

  FlowReader(BpfMap events, Consumer<FlowEvent> consumer) {
    // A platform thread: polling blocks in native code.
    thread = Thread.ofPlatform().name("flows").daemon().start(() -> read(events, consumer));
  }

  private void read(BpfMap events, Consumer<FlowEvent> consumer) {
    try (RingBuffer ring = new RingBuffer(events, record -> consumer.accept(decode(record)))) {
      while (!closed) {
        try {
          ring.poll(POLL_MILLIS);
        } catch (RuntimeException e) {
          LOG.warn("a flow event could not be handled", e);
        }
      }
    }
  }

  /** {@code struct flow_event}. */
  static FlowEvent decode(ByteBuffer in) {
    long nanos = in.getLong();
    Ipv4 source = Codec.getAddress(in);
    Ipv4 destination = Codec.getAddress(in);
    Ipv4 service = Codec.getAddress(in);
    int sourcePort = Codec.getPort(in);
    int destinationPort = Codec.getPort(in);
    int servicePort = Codec.getPort(in);
    int protocol = in.get() & 0xff;
    Verdict verdict = VERDICTS[in.get()];
    Reason reason = REASONS[in.get()];
    DatapathState.Direction direction =
        in.get() == 0 ? DatapathState.Direction.INGRESS : DatapathState.Direction.EGRESS;
    int tcpFlags = in.get() & 0xff;
    in.get();
    int sourceIdentity = in.getInt();
    int destinationIdentity = in.getInt();
    // The programs put the echo identifier where ports are.
    boolean ports = protocol != ICMP;
    return new FlowEvent(
        nanos,
        new Party(source, ports ? sourcePort : 0, sourceIdentity),
        new Party(destination, ports ? destinationPort : 0, destinationIdentity),
        service.bits() == 0 ? null : new Endpoint(service, servicePort),
        protocol,
        verdict,
        reason,
        direction,
        in.getInt(),
        tcpFlags);
  }

  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
