package dev.weft.cli.lab;

import java.time.Instant;

/** The one place of the lab that reads a clock. */
public final class LabClock {
  private LabClock() {}

  /** Monotonic nanoseconds, for waits and rates. */
  public static long nanoTime() {
    return System.nanoTime();
  }

  /** Wall time, for timestamps. */
  public static Instant now() {
    return Instant.now();
  }
}
