package dev.weft.flows;

import dev.weft.flows.Flow.Protocol;
import dev.weft.flows.Flow.Verdict;
import dev.weft.flows.TelemetryDrops.Reason;
import dev.weft.flows.TelemetryDrops.Signal;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The last flows of this node, in a ring: the oldest are overwritten, writers never wait, and a
 * reader that was too slow learns how many it missed. Any thread may add or read.
 */
public final class FlowStore {

  private record Slot(long sequence, Flow flow) {}

  private record Kind(Verdict verdict, Protocol protocol, boolean http, String reason) {}

  /**
   * Reasons come from few fixed lists; more kinds than this are a bug and are not counted one by
   * one.
   */
  private static final int KINDS = 128;

  private static final AttributeKey<String> VERDICT = AttributeKey.stringKey("verdict");
  private static final AttributeKey<String> PROTOCOL = AttributeKey.stringKey("protocol");
  private static final AttributeKey<String> TYPE = AttributeKey.stringKey("type");
  private static final AttributeKey<String> REASON = AttributeKey.stringKey("reason");

  private final AtomicReferenceArray<@Nullable Slot> slots;
  private final int mask;
  private final AtomicLong next = new AtomicLong();
  private final Map<Kind, LongAdder> kinds = new ConcurrentHashMap<>();
  private final TelemetryDrops drops;
  private volatile UnaryOperator<Flow.Endpoint> resolver = UnaryOperator.identity();

  FlowStore(int capacity, TelemetryDrops drops) {
    int size = Integer.highestOneBit(Math.max(2, capacity) * 2 - 1);
    slots = new AtomicReferenceArray<>(size);
    mask = size - 1;
    this.drops = drops;
  }

  /**
   * Has the ends of every flow pass through {@code resolver}, which may add what it knows of an
   * address: identity, labels, names. It is called by whoever adds a flow, event loops too, so it
   * may not block or throw.
   */
  public void resolveWith(UnaryOperator<Flow.Endpoint> next) {
    resolver = next;
  }

  /** Keeps a flow, in place of the oldest. */
  public void add(Flow added) {
    UnaryOperator<Flow.Endpoint> names = resolver;
    Flow flow = added.between(names.apply(added.source()), names.apply(added.destination()));
    long sequence = next.getAndIncrement();
    slots.setRelease((int) sequence & mask, new Slot(sequence, flow));
    count(flow);
  }

  /**
   * Counts flows that were lost on the way here, for example because the kernel's ring buffer was
   * full.
   */
  public void lost(long flows) {
    drops.add(Signal.FLOWS, Reason.OVERRUN, flows);
  }

  /** Flows added since the start. */
  public long seen() {
    return next.get();
  }

  /** Flows that are kept at most. */
  public int capacity() {
    return mask + 1;
  }

  /** Flows that are kept now. */
  public int size() {
    return (int) Math.min(seen(), capacity());
  }

  /** What is kept, oldest first. */
  public List<Flow> recent() {
    List<Flow> flows = new ArrayList<>();
    long end = seen();
    for (long sequence = oldest(); sequence < end; sequence++) {
      Flow flow = get(sequence);
      if (flow != null) {
        flows.add(flow);
      }
    }
    return flows;
  }

  /** Number of the oldest flow that is kept. */
  long oldest() {
    return Math.max(0, seen() - capacity());
  }

  /** The flow of that number; {@code null} when it is overwritten or not written yet. */
  @Nullable Flow get(long sequence) {
    Slot slot = slots.getAcquire((int) sequence & mask);
    return slot != null && slot.sequence == sequence ? slot.flow : null;
  }

  /** Hubble's metric names, so that its dashboards work. */
  void register(Meter meter) {
    meter
        .counterBuilder("hubble.flows.processed")
        .setDescription("Flows by verdict")
        .buildWithCallback(
            to -> kinds.forEach((kind, count) -> to.record(count.sum(), processed(kind))));
    meter
        .counterBuilder("hubble.drop")
        .setDescription("Dropped flows by reason")
        .buildWithCallback(
            to ->
                kinds.forEach(
                    (kind, count) -> {
                      if (kind.verdict == Verdict.DROPPED) {
                        to.record(count.sum(), dropped(kind));
                      }
                    }));
  }

  private static Attributes processed(Kind kind) {
    return Attributes.of(
        VERDICT,
        kind.verdict.name(),
        PROTOCOL,
        kind.protocol.name(),
        TYPE,
        type(kind),
        REASON,
        kind.reason);
  }

  private static Attributes dropped(Kind kind) {
    return Attributes.of(REASON, kind.reason, PROTOCOL, kind.protocol.name(), TYPE, type(kind));
  }

  private static String type(Kind kind) {
    return kind.http ? "L7" : "L3_L4";
  }

  private void count(Flow flow) {
    Kind kind = new Kind(flow.verdict(), flow.protocol(), flow.http() != null, flow.reason());
    LongAdder known = kinds.get(kind);
    if (known != null) {
      known.increment();
    } else if (kinds.size() < KINDS) {
      kinds.computeIfAbsent(kind, _ -> new LongAdder()).increment();
    }
  }
}
