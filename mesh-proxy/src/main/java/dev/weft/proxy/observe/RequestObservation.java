package dev.weft.proxy.observe;

import org.jspecify.annotations.Nullable;

/**
 * One request under observation. Confined to the request's event loop; {@link #end} is called once.
 */
public interface RequestObservation {

  /**
   * The {@code traceparent} to forward (W3C Trace Context §3.2), or {@code null} to leave what the
   * client sent untouched.
   */
  @Nullable CharSequence traceparent();

  /** The request is over, well or badly. */
  void end(RequestEnd end);
}
