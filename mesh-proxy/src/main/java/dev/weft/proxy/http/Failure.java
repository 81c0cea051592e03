package dev.weft.proxy.http;

/** Why a request got no complete answer from upstream. */
public enum Failure {
  /** No connection could be made; the request was not sent. */
  CONNECT(true, true),
  /** No connection could be made in time; the request was not sent. */
  CONNECT_TIMEOUT(true, true),
  /** The other end is not who it must be, or speaks no TLS; the request was not sent. */
  UNTRUSTED(true, false),
  /** The server says that it has not processed the request (RST_STREAM REFUSED_STREAM, GOAWAY). */
  REFUSED(true, true),
  /** A connection from the pool turned out to be dead before a byte of the answer. */
  STALE(false, true),
  /** The connection or stream broke off. */
  RESET(false, true),
  /** The server's answer is not HTTP. */
  MALFORMED(false, false),
  /** The server did not answer in time. */
  TIMEOUT(false, true);

  private final boolean unsent;
  private final boolean retryable;

  Failure(boolean unsent, boolean retryable) {
    this.unsent = unsent;
    this.retryable = retryable;
  }

  /**
   * Whether the server has certainly not acted on the request, so that any request may be sent
   * again.
   */
  public boolean unsent() {
    return unsent;
  }

  /** Whether another try can help. */
  public boolean retryable() {
    return retryable;
  }
}
