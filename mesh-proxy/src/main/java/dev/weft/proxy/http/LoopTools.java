package dev.weft.proxy.http;

/**
 * What every connection of one event loop shares.
 *
 * @param flusher one flush a turn
 * @param ticker coarse time
 * @param limits what a connection may cost
 * @param fields writes heads of HTTP/1.1
 */
public record LoopTools(Flusher flusher, Ticker ticker, HttpLimits limits, FieldWriter fields) {

  /** With a writer of its own. */
  public LoopTools(Flusher flusher, Ticker ticker, HttpLimits limits) {
    this(flusher, ticker, limits, new FieldWriter());
  }
}
