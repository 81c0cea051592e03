package dev.weft.routing;

import dev.weft.api.v1.TrafficSettings;

/**
 * How many retries a Service's clients may add to its load (GEP-3388).
 *
 * @param percent share of the requests that may be retries
 * @param intervalNanos how far back requests count
 * @param min retries that are always allowed, so that quiet services can retry at all
 * @param minIntervalNanos the time in which they are
 * @param asked whether a user set the budget: what exceeds it is then answered with 503
 */
public record RetryBudget(
    int percent, long intervalNanos, int min, long minIntervalNanos, boolean asked) {
  private static final long SECOND = 1_000_000_000L;

  /** Without a policy: retries are what the route says, up to what would make an overload worse. */
  public static final RetryBudget DEFAULT = new RetryBudget(20, 10 * SECOND, 100, SECOND, false);

  static RetryBudget of(TrafficSettings settings) {
    return new RetryBudget(
        Math.clamp(settings.getRetryBudgetPercent(), 0, 100),
        nanos(settings.getRetryBudgetIntervalMs()),
        Math.max(0, settings.getMinRetries()),
        nanos(settings.getMinRetriesIntervalMs()),
        true);
  }

  private static long nanos(long millis) {
    return Math.clamp(millis, 1, 3_600_000L) * 1_000_000L;
  }
}
