package dev.weft.routing;

/** How an attempt at a backend failed. */
public sealed interface AttemptFailure {

  /**
   * The backend cannot have seen the request as a whole: connecting failed, or the stream was
   * refused (RST_STREAM REFUSED_STREAM, or beyond the last stream of a GOAWAY: RFC 9113 §8.7).
   */
  record NotProcessed() implements AttemptFailure {}

  /** The connection or stream broke before an answer's head; the backend may have acted. */
  record Broken() implements AttemptFailure {}

  /** The attempt's own timeout passed before an answer's head. */
  record TimedOut() implements AttemptFailure {}

  /** An answer's head with this HTTP status. */
  record Answered(int status) implements AttemptFailure {}

  /** A gRPC answer without messages (trailers only) with this {@code grpc-status}. */
  record AnsweredGrpc(int status) implements AttemptFailure {}
}
