package dev.weft.routing;

/**
 * How many retries a Service's clients may add to its load.
 *
 * @param percent share of active requests that may be retries
 * @param minPerSecond retries that are always allowed, so that quiet services can retry at all
 */
public record RetryBudget(int percent, int minPerSecond) {
  /** Gateway API's own defaults for retry budgets (GEP-3388): 20 %, 10 per second. */
  public static final RetryBudget DEFAULT = new RetryBudget(20, 10);
}
