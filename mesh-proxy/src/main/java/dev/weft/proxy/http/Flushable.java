package dev.weft.proxy.http;

/** A connection that has written something and must be flushed before its event loop sleeps. */
public interface Flushable {

  /** Hands everything written so far to the kernel. Called by {@link Flusher} only. */
  void flushNow();
}
