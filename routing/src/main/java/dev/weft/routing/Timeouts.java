package dev.weft.routing;

/**
 * Limits of a request, in milliseconds; 0: none.
 *
 * @param requestMillis from the request's head to the answer's head, retries included (GEP-1742)
 * @param backendMillis each attempt
 */
public record Timeouts(long requestMillis, long backendMillis) {
  /** No limits. */
  public static final Timeouts NONE = new Timeouts(0, 0);
}
