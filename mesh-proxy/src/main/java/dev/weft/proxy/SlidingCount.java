package dev.weft.proxy;

import java.util.Arrays;

/**
 * How often something happened during the last while, to a tenth of it. Owned by one event loop.
 */
final class SlidingCount {
  private static final int SLOTS = 10;

  private final int[] slots = new int[SLOTS];
  private final long width;
  private long slot;
  private int sum;

  /** Nothing has happened. */
  SlidingCount(long nanos) {
    this.width = Math.max(1, nanos / SLOTS);
  }

  /** It happens. */
  void add(long now) {
    advance(now);
    slots[Math.floorMod(slot, SLOTS)]++;
    sum++;
  }

  int sum(long now) {
    advance(now);
    return sum;
  }

  private void advance(long now) {
    long current = Math.floorDiv(now, width);
    if (current - slot >= SLOTS) {
      Arrays.fill(slots, 0);
      sum = 0;
      slot = current;
    }
    while (slot < current) {
      slot++;
      int index = Math.floorMod(slot, SLOTS);
      sum -= slots[index];
      slots[index] = 0;
    }
  }
}
