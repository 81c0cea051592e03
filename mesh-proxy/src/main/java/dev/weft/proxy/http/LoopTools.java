package dev.weft.proxy.http;

/**
 * What every connection of one event loop shares.
 *
 * @param flusher one flush a turn
 * @param ticker coarse time
 * @param limits what a connection may cost
 */
public record LoopTools(Flusher flusher, Ticker ticker, HttpLimits limits) {}
