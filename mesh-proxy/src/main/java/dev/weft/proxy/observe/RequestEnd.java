package dev.weft.proxy.observe;

import org.jspecify.annotations.Nullable;

/**
 * How a request ended.
 *
 * @param endNanos monotonic clock of the proxy, nanoseconds
 * @param status HTTP status sent to the client; 0 when the connection ended before one was sent
 * @param grpcStatus value of {@code grpc-status}, or -1
 * @param destination the endpoint that answered or was tried last; {@code null} when none was
 *     picked
 * @param attempts tries made, 0 when the request was answered by the proxy itself
 * @param reason why the proxy answered itself, for example {@code NO_HEALTHY_UPSTREAM}; {@code
 *     null} otherwise
 * @param policy the policy that decided, "namespace/name"; {@code null} when none did
 * @param dryRunDenied a dry-run policy would have denied the request
 * @param auditedBy the AUDIT policy that matched, "namespace/name"; {@code null} when none did
 */
public record RequestEnd(
    long endNanos,
    int status,
    int grpcStatus,
    @Nullable Peer destination,
    int attempts,
    long requestBytes,
    long responseBytes,
    @Nullable String reason,
    @Nullable String policy,
    boolean dryRunDenied,
    boolean mutualTls,
    @Nullable String auditedBy) {

  /** Of a request that no AUDIT policy matched. */
  public RequestEnd(
      long endNanos,
      int status,
      int grpcStatus,
      @Nullable Peer destination,
      int attempts,
      long requestBytes,
      long responseBytes,
      @Nullable String reason,
      @Nullable String policy,
      boolean dryRunDenied,
      boolean mutualTls) {
    this(
        endNanos,
        status,
        grpcStatus,
        destination,
        attempts,
        requestBytes,
        responseBytes,
        reason,
        policy,
        dryRunDenied,
        mutualTls,
        null);
  }
}
