package dev.weft.routing;

import java.util.BitSet;

/**
 * A rule's retries (GEP-1731). Immutable.
 *
 * <p>A retry must never make a backend do something twice that the client asked for once: failures
 * are retried when the request cannot have been processed, or when doing it again is harmless (RFC
 * 9110 §9.2.2), or when the user named the answer's code. The caller adds that the body is still at
 * hand, that nothing was answered yet, and the retry budget.
 */
public final class RetryPolicy {
  /** No retries. What was never sent may still go to another endpoint: that is no retry. */
  public static final RetryPolicy NONE = new RetryPolicy(0, new BitSet(), 0);

  /** Bounds for nonsense: more would outlive every request. */
  private static final int MAX_ATTEMPTS = 100;

  private static final long MAX_BACKOFF_MILLIS = 30_000;

  private static final int GRPC_DEADLINE_EXCEEDED = 4;
  private static final int GRPC_RESOURCE_EXHAUSTED = 8;
  private static final int GRPC_UNAVAILABLE = 14;

  private final int attempts;
  private final BitSet codes;
  private final long backoffMillis;

  private RetryPolicy(int attempts, BitSet codes, long backoffMillis) {
    this.attempts = attempts;
    this.codes = codes;
    this.backoffMillis = backoffMillis;
  }

  static RetryPolicy of(dev.weft.api.v1.Retry retry) {
    if (retry.getAttempts() == 0) {
      return NONE;
    }
    BitSet codes = new BitSet(600);
    for (int code : retry.getCodesList()) {
      if (code < 400 || code > 599) {
        throw new IllegalArgumentException("retry code " + code + " is not between 400 and 599");
      }
      codes.set(code);
    }
    return new RetryPolicy(
        Math.clamp(retry.getAttempts(), 0, MAX_ATTEMPTS),
        codes,
        Math.clamp(retry.getBackoffMs(), 0, MAX_BACKOFF_MILLIS));
  }

  /** Retries after the first try. */
  public int attempts() {
    return attempts;
  }

  /** Smallest wait before a retry, milliseconds. */
  public long backoffMillis() {
    return backoffMillis;
  }

  /**
   * What to do about a failed attempt.
   *
   * @param retriesDone retries so far, 0 after the first try
   * @param random any uniformly distributed number, for the jitter of the wait
   */
  public RetryDecision decide(AttemptFailure failure, String method, int retriesDone, long random) {
    if (retriesDone >= attempts || !retryable(failure, method)) {
      return RetryDecision.GiveUp.INSTANCE;
    }
    return new RetryDecision.RetryAfter(backoff(retriesDone, random));
  }

  private boolean retryable(AttemptFailure failure, String method) {
    return switch (failure) {
      case AttemptFailure.NotProcessed _ -> true;
      case AttemptFailure.Broken _ -> idempotent(method);
      // 504 is what the client would get: who names it wants even a POST tried again.
      case AttemptFailure.TimedOut _ -> idempotent(method) || codes.get(504);
      case AttemptFailure.Answered(int status) -> codes.get(status);
      case AttemptFailure.AnsweredGrpc(int status) ->
          switch (status) {
            case GRPC_UNAVAILABLE -> codes.get(503);
            case GRPC_RESOURCE_EXHAUSTED -> codes.get(429);
            case GRPC_DEADLINE_EXCEEDED -> codes.get(504);
            default -> false;
          };
    };
  }

  /** Doubled with every retry up to 64 times the first wait, plus up to half of it. */
  private long backoff(int retriesDone, long random) {
    if (backoffMillis == 0) {
      return 0;
    }
    long wait = backoffMillis << Math.min(retriesDone, 6);
    return wait + Long.remainderUnsigned(random, wait / 2 + 1);
  }

  private static boolean idempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
      default -> false;
    };
  }
}
