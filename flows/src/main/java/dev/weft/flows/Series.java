package dev.weft.flows;

import io.opentelemetry.api.common.Attributes;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Durations of one time series as one event loop saw them. Written by that loop alone, so that no
 * write needs more than a plain addition; read at any time by the collecting thread, which may be
 * one request behind.
 */
final class Series {

  /** Upper bounds, seconds, as the semantic conventions advise for HTTP durations. */
  static final double[] BOUNDS = {
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  };

  private static final long[] BOUNDS_NANOS = new long[BOUNDS.length];

  static {
    for (int i = 0; i < BOUNDS.length; i++) {
      BOUNDS_NANOS[i] = Math.round(BOUNDS[i] * 1e9);
    }
  }

  /** Slots of {@link #add}'s target: one a bucket, then the sum of nanoseconds, then retries. */
  static final int BUCKETS = BOUNDS.length + 1;

  static final int SUM = BUCKETS;
  static final int RETRIES = BUCKETS + 1;
  static final int SLOTS = BUCKETS + 2;

  /** {@code null} for the series that takes what is beyond the limit. */
  final @Nullable SeriesKey key;

  final boolean server;
  final Attributes attributes;
  private final AtomicLongArray slots = new AtomicLongArray(SLOTS);
  private volatile @Nullable Attributes retried;

  Series(@Nullable SeriesKey key, boolean server, Attributes attributes) {
    this.key = key;
    this.server = server;
    this.attributes = attributes;
  }

  /** Only by the loop that owns this series. */
  void record(long nanos, int attempts) {
    add(bucket(nanos), 1);
    add(SUM, Math.max(0, nanos));
    if (attempts > 1) {
      add(RETRIES, attempts - 1);
    }
  }

  /** What its retries are counted by; {@code null} before the first. */
  @Nullable Attributes retried() {
    return retried;
  }

  /** Only by the loop that owns this series, before it records the first retry. */
  void retried(Attributes by) {
    retried = by;
  }

  /** What was counted until now, slot by slot. */
  long[] read() {
    long[] copy = new long[SLOTS];
    for (int i = 0; i < SLOTS; i++) {
      copy[i] = slots.getOpaque(i);
    }
    return copy;
  }

  static int bucket(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    return bucket;
  }

  private void add(int slot, long value) {
    slots.setOpaque(slot, slots.getPlain(slot) + value);
  }
}
