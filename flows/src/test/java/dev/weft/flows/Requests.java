package dev.weft.flows;

import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import org.jspecify.annotations.Nullable;

/** Requests for tests. */
final class Requests {
  static final Peer WEB =
      new Peer("shop", "web", "web-1", "web", "spiffe://weft.test/ns/shop/sa/web", "10.244.1.2");
  static final Peer ORDERS =
      new Peer(
          "shop",
          "orders",
          "orders-1",
          "orders",
          "spiffe://weft.test/ns/shop/sa/orders",
          "10.244.2.3");

  private Requests() {}

  static RequestStart get(Side side, String path, @Nullable CharSequence traceparent) {
    String text = traceparent == null ? null : traceparent.toString();
    return start(side, "http/1.1", "GET", path, text);
  }

  static RequestStart grpc(String path) {
    return start(Side.OUTBOUND, "grpc", "POST", path, null);
  }

  static RequestStart start(
      Side side, String protocol, String method, String path, @Nullable String traceparent) {
    return new RequestStart(
        side,
        1_000,
        protocol,
        method,
        "http",
        "orders.shop:8080",
        path,
        "HTTPRoute/shop/orders/0",
        "shop/orders:8080",
        WEB,
        traceparent,
        null,
        "curl/8",
        null);
  }

  static RequestStart withRoute(RequestStart start, String route) {
    return new RequestStart(
        start.side(),
        start.startNanos(),
        start.protocol(),
        start.method(),
        start.scheme(),
        start.authority(),
        start.path(),
        route,
        start.service(),
        start.source(),
        start.traceparent(),
        start.tracestate(),
        start.userAgent(),
        null);
  }

  static RequestEnd ok() {
    return end(200, null);
  }

  static RequestEnd end(int status, @Nullable String reason) {
    return new RequestEnd(
        2_001_000,
        status,
        -1,
        reason == null ? ORDERS : null,
        reason == null ? 1 : 0,
        10,
        20,
        reason,
        null,
        false,
        true);
  }

  static RequestEnd retried(int attempts) {
    return new RequestEnd(2_001_000, 200, -1, ORDERS, attempts, 10, 20, null, null, false, true);
  }

  static RequestEnd grpcEnd(int grpcStatus) {
    return new RequestEnd(2_001_000, 200, grpcStatus, ORDERS, 1, 10, 20, null, null, false, true);
  }

  static RequestEnd denied(String policy) {
    return new RequestEnd(2_001_000, 403, -1, null, 0, 0, 9, "POLICY_DENIED", policy, false, true);
  }

  static RequestEnd dryRun(String policy) {
    return new RequestEnd(2_001_000, 200, -1, ORDERS, 1, 0, 9, null, policy, true, true);
  }

  static RequestEnd audited(String policy) {
    return new RequestEnd(2_001_000, 200, -1, ORDERS, 1, 0, 9, null, null, false, true, policy);
  }
}
