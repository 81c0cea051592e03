package dev.weft.identity;

import java.time.Duration;

/** How long to wait before asking a CA again; the figures are ztunnel's, for the same reason. */
final class Retries {
  /** Before the second try. */
  static final Duration FIRST = Duration.ofMillis(500);

  private static final Duration LONGEST = Duration.ofSeconds(150);
  private static final double JITTER = 0.2;

  private Retries() {}

  /**
   * The wait after a failure.
   *
   * @param failures how many there were before it
   * @param random from 0 to 1: keeps nodes that failed together from coming back together
   */
  static Duration after(int failures, double random) {
    long base = Math.min(FIRST.toMillis() << Math.min(failures, 16), LONGEST.toMillis());
    return Duration.ofMillis((long) (base * (1 + JITTER * (2 * random - 1))));
  }
}
