package dev.weft.node;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Doubling waits with jitter, so that a thousand nodes don't come back in step. Not thread-safe.
 */
final class Backoff {
  private final Duration first;
  private final Duration last;
  private final RandomGenerator random;
  private Duration next;

  Backoff(Duration first, Duration last, RandomGenerator random) {
    this.first = first;
    this.last = last;
    this.random = random;
    this.next = first;
  }

  /** The time to wait before the next try: between half and the whole of the current step. */
  Duration next() {
    Duration step = next;
    Duration doubled = step.multipliedBy(2);
    next = doubled.compareTo(last) > 0 ? last : doubled;
    long half = step.toNanos() / 2;
    return Duration.ofNanos(half + random.nextLong(half + 1));
  }

  void reset() {
    next = first;
  }
}
