package dev.weft.flows;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.RpcAttributes.RPC_STATUS_CODE;
import static io.opentelemetry.semconv.RpcAttributes.RPC_SYSTEM_NAME;
import static io.opentelemetry.semconv.UrlAttributes.URL_SCHEME;

import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.semconv.RpcAttributes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What tells one time series of requests from another. Nothing a client may choose freely is in it:
 * no host, no path, only known methods. {@link #hash} and {@link #matches} find the series of a
 * request without building a key.
 */
record SeriesKey(
    Side side,
    String protocol,
    String method,
    String scheme,
    String route,
    String service,
    int status,
    int grpcStatus,
    @Nullable String reason,
    String sourceNamespace,
    String sourceWorkload,
    String destinationNamespace,
    String destinationWorkload,
    boolean mutualTls) {

  static SeriesKey of(RequestStart start, RequestEnd end) {
    Peer source = start.source();
    Peer destination = end.destination();
    return new SeriesKey(
        start.side(),
        start.protocol(),
        Outcome.method(start.method()),
        start.scheme(),
        start.route(),
        start.service(),
        end.status(),
        grpc(end),
        end.reason(),
        source.namespace(),
        source.workload(),
        destination == null ? "" : destination.namespace(),
        destination == null ? "" : destination.workload(),
        end.mutualTls());
  }

  /** The same for every request of one series; cheap, since strings remember their hash. */
  static int hash(RequestStart start, RequestEnd end) {
    Peer destination = end.destination();
    return hash(
        start.side(),
        end.status(),
        Outcome.method(start.method()),
        start.route(),
        start.service(),
        start.source().workload(),
        destination == null ? "" : destination.workload());
  }

  int hash() {
    return hash(side, status, method, route, service, sourceWorkload, destinationWorkload);
  }

  boolean matches(RequestStart start, RequestEnd end) {
    return side == start.side()
        && status == end.status()
        && grpcStatus == grpc(end)
        && mutualTls == end.mutualTls()
        && route.equals(start.route())
        && service.equals(start.service())
        && method.equals(Outcome.method(start.method()))
        && protocol.equals(start.protocol())
        && scheme.equals(start.scheme())
        && isReason(end.reason())
        && isPeer(start.source(), sourceNamespace, sourceWorkload)
        && isDestination(end.destination());
  }

  boolean isServer() {
    return side != Side.OUTBOUND;
  }

  Attributes attributes() {
    AttributesBuilder attributes =
        Attributes.builder()
            .put(HTTP_REQUEST_METHOD, method)
            .put(NETWORK_PROTOCOL_VERSION, Outcome.httpVersion(protocol))
            .put(URL_SCHEME, scheme)
            .put(Attrs.SIDE, side.name().toLowerCase(Locale.ROOT))
            .put(Attrs.MTLS, mutualTls);
    if (status != 0) {
      attributes.put(HTTP_RESPONSE_STATUS_CODE, (long) status);
    }
    put(attributes, ERROR_TYPE, Outcome.errorType(side, end()));
    if (grpcStatus >= 0) {
      attributes.put(RPC_SYSTEM_NAME, RpcAttributes.RpcSystemNameValues.GRPC);
      attributes.put(RPC_STATUS_CODE, Outcome.grpcStatus(grpcStatus));
    }
    put(attributes, HTTP_ROUTE, route);
    put(attributes, Attrs.SERVICE, service);
    put(attributes, Attrs.SOURCE.namespace, sourceNamespace);
    put(attributes, Attrs.SOURCE.workload, sourceWorkload);
    put(attributes, Attrs.DESTINATION.namespace, destinationNamespace);
    put(attributes, Attrs.DESTINATION.workload, destinationWorkload);
    return attributes.build();
  }

  /** What retries are counted by. */
  Attributes retryAttributes() {
    AttributesBuilder attributes =
        Attributes.builder().put(Attrs.SIDE, side.name().toLowerCase(Locale.ROOT));
    put(attributes, HTTP_ROUTE, route);
    put(attributes, Attrs.SERVICE, service);
    return attributes.build();
  }

  private static int hash(
      Side side,
      int status,
      String method,
      String route,
      String service,
      String source,
      String destination) {
    int hash = route.hashCode();
    hash = hash * 31 + source.hashCode();
    hash = hash * 31 + side.hashCode();
    hash = hash * 31 + status;
    hash = hash * 31 + method.hashCode();
    hash = hash * 31 + destination.hashCode();
    hash = hash * 31 + service.hashCode();
    return hash ^ hash >>> 16;
  }

  private RequestEnd end() {
    return new RequestEnd(0, status, grpcStatus, null, 0, 0, 0, reason, null, false, mutualTls);
  }

  private boolean isReason(@Nullable String other) {
    return reason == null ? other == null : reason.equals(other);
  }

  private boolean isDestination(@Nullable Peer peer) {
    return peer == null
        ? destinationWorkload.isEmpty() && destinationNamespace.isEmpty()
        : isPeer(peer, destinationNamespace, destinationWorkload);
  }

  private static boolean isPeer(Peer peer, String namespace, String workload) {
    return workload.equals(peer.workload()) && namespace.equals(peer.namespace());
  }

  /** A status out of range is a backend's invention and becomes UNKNOWN. */
  private static int grpc(RequestEnd end) {
    int status = end.grpcStatus();
    return status < -1 || status > 16 ? 2 : status;
  }

  private static void put(AttributesBuilder attributes, AttributeKey<String> key, String value) {
    if (!value.isEmpty()) {
      attributes.put(key, value);
    }
  }
}
