package dev.weft.cli.lab;

import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/** The one place of the lab that reads a clock, and that lets time pass. */
public final class LabClock {
  private static final long FIRST_POLL_MS = 20;

  /** A look may start a process: on a machine that is busy starting what is waited for. */
  private static final long LAST_POLL_MS = 160;

  private LabClock() {}

  /** Monotonic nanoseconds, for waits and rates. */
  public static long nanoTime() {
    return System.nanoTime();
  }

  /** Wall time, for timestamps. */
  public static Instant now() {
    return Instant.now();
  }

  /** Lets time pass: for what is about time itself. Who waits for something waits for its event. */
  public static void pause(Duration time) throws InterruptedException {
    Thread.sleep(time);
  }

  /**
   * Asks again and again, ever less often, for what tells nobody when it is so: another program, a
   * file that grows.
   *
   * @return whether it was so within that time
   */
  public static boolean await(Duration patience, BooleanSupplier condition)
      throws InterruptedException {
    long deadline = nanoTime() + patience.toNanos();
    long poll = FIRST_POLL_MS;
    while (!condition.getAsBoolean()) {
      if (nanoTime() - deadline > 0) {
        return false;
      }
      pause(Duration.ofMillis(poll));
      poll = Math.min(LAST_POLL_MS, poll * 2);
    }
    return true;
  }
}
