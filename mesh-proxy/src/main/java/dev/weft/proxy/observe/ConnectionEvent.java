package dev.weft.proxy.observe;

import org.jspecify.annotations.Nullable;

/**
 * A change in a downstream connection's life.
 *
 * @param destination original destination "address:port"
 * @param reason why it was refused or broken off, for example {@code UNTRUSTED_PEER}; {@code null}
 *     otherwise
 */
public record ConnectionEvent(
    Side side,
    Kind kind,
    Peer source,
    String destination,
    @Nullable String reason,
    long bytesIn,
    long bytesOut) {

  /** What happened. */
  public enum Kind {
    OPENED,
    REFUSED,
    CLOSED
  }
}
