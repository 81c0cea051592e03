package dev.weft.proxy.http;

/**
 * What every connection of one event loop shares.
 *
 * @param flusher one flush a turn
 * @param ticker coarse time
 * @param limits what a connection may cost
 * @param text collects what goes to connections of HTTP/1.1
 */
public record LoopTools(Flusher flusher, Ticker ticker, HttpLimits limits, H1Text text) {

  /** With a text of its own. */
  public LoopTools(Flusher flusher, Ticker ticker, HttpLimits limits) {
    this(flusher, ticker, limits, new H1Text());
  }
}
