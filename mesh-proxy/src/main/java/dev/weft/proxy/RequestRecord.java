package dev.weft.proxy;

import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.RequestEnd;
import org.jspecify.annotations.Nullable;

/** What observers will be told of a request. Owned by its {@link Exchange}. */
final class RequestRecord {
  final long startNanos;
  String route = "";
  String service = "";
  int status;
  int grpcStatus = -1;
  int attempts;
  long requestBytes;
  long responseBytes;
  boolean dryRunDenied;
  boolean mutualTls;
  @Nullable Peer destination;
  @Nullable String reason;
  @Nullable String policy;
  @Nullable String auditedBy;

  RequestRecord(long startNanos) {
    this.startNanos = startNanos;
  }

  RequestEnd end(long now) {
    return new RequestEnd(
        now,
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
        auditedBy);
  }
}
