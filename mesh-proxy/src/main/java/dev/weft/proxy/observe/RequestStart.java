package dev.weft.proxy.observe;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a request before it is forwarded.
 *
 * @param startNanos monotonic clock of the proxy, nanoseconds
 * @param protocol {@code http/1.1}, {@code h2} or {@code grpc}
 * @param path without the query, as received
 * @param route "kind/namespace/name/rule", or empty when no route matched
 * @param service destination "namespace/name:port", or empty
 * @param traceparent as received; hostile until parsed
 * @param tracestate as received
 * @param tags of a Gateway with tracing of its own; {@code null}: none
 */
public record RequestStart(
    Side side,
    long startNanos,
    String protocol,
    String method,
    String scheme,
    String authority,
    String path,
    String route,
    String service,
    Peer source,
    @Nullable String traceparent,
    @Nullable String tracestate,
    @Nullable String userAgent,
    @Nullable RequestTags tags) {}
