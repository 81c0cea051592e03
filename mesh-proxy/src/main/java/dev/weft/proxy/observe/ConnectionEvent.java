package dev.weft.proxy.observe;

import org.jspecify.annotations.Nullable;

/**
 * A change in the life of a downstream connection, or of what takes the place of one: the datagrams
 * of one client address and port.
 *
 * @param udp whether it is made of datagrams
 * @param destination original destination "address:port"
 * @param reason why it was refused or broken off, for example {@code UNTRUSTED_PEER}; {@code null}
 *     otherwise
 */
public record ConnectionEvent(
    Side side,
    boolean udp,
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
