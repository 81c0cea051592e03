package dev.weft.proxy.http;

import java.time.Duration;

/**
 * What one connection may cost.
 *
 * @param maxLine bytes of an HTTP/1.1 request line; longer ones are answered with 414
 * @param maxHead bytes of a head's fields, and HTTP/2's SETTINGS_MAX_HEADER_LIST_SIZE; larger ones
 *     get 431
 * @param headTimeout how long a client may take for a head it has begun (408), and for the first
 *     one
 * @param idleTimeout how long a connection without a request stays open
 * @param maxStreams concurrent streams of an HTTP/2 connection
 * @param streamWindow bytes of an HTTP/2 stream that may be on their way to us
 * @param connectionWindow bytes of all streams of an HTTP/2 connection that may be on their way to
 *     us
 * @param maxDiscard bytes of an unwanted request body that are read so that the client sees the
 *     answer
 */
public record HttpLimits(
    int maxLine,
    int maxHead,
    Duration headTimeout,
    Duration idleTimeout,
    int maxStreams,
    int streamWindow,
    int connectionWindow,
    int maxDiscard) {

  /**
   * Limits that no honest client meets. 256 KiB windows came near direct speed with 1 MiB bodies.
   */
  public static HttpLimits defaults() {
    return new HttpLimits(
        8 << 10,
        60 << 10,
        Duration.ofSeconds(10),
        Duration.ofMinutes(10),
        256,
        256 << 10,
        16 << 20,
        1 << 20);
  }

  /** The same with another time for heads. */
  public HttpLimits withHeadTimeout(Duration timeout) {
    return new HttpLimits(
        maxLine,
        maxHead,
        timeout,
        idleTimeout,
        maxStreams,
        streamWindow,
        connectionWindow,
        maxDiscard);
  }

  /** The same with another idle time. */
  public HttpLimits withIdleTimeout(Duration timeout) {
    return new HttpLimits(
        maxLine,
        maxHead,
        headTimeout,
        timeout,
        maxStreams,
        streamWindow,
        connectionWindow,
        maxDiscard);
  }
}
