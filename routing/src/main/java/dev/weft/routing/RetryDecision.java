package dev.weft.routing;

/** What {@link RetryPolicy#decide} says. */
public sealed interface RetryDecision {

  /** Try again, at another endpoint where there is one, after so many milliseconds. */
  record RetryAfter(long millis) implements RetryDecision {}

  /** Answer the client with what there is. */
  record GiveUp() implements RetryDecision {
    static final GiveUp INSTANCE = new GiveUp();
  }
}
