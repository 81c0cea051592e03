package dev.weft.routing;

/**
 * A backend that gets copies of requests; its answers are thrown away.
 *
 * @param numerator with {@code denominator} the share of requests that is copied
 */
public record Mirror(BackendChoice backend, int numerator, int denominator) {

  /**
   * Whether this request is copied.
   *
   * @param random any uniformly distributed number; a fresh one for each mirror
   */
  public boolean wants(long random) {
    return Long.remainderUnsigned(random, denominator) < numerator;
  }
}
