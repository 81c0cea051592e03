package dev.weft.flows;

import static io.opentelemetry.semconv.ClientAttributes.CLIENT_ADDRESS;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_RESEND_COUNT;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_RESPONSE_STATUS_CODE;
import static io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_ADDRESS;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_NAME;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PROTOCOL_VERSION;
import static io.opentelemetry.semconv.RpcAttributes.RPC_METHOD;
import static io.opentelemetry.semconv.RpcAttributes.RPC_STATUS_CODE;
import static io.opentelemetry.semconv.RpcAttributes.RPC_SYSTEM_NAME;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;
import static io.opentelemetry.semconv.UrlAttributes.URL_PATH;
import static io.opentelemetry.semconv.UrlAttributes.URL_SCHEME;
import static io.opentelemetry.semconv.UserAgentAttributes.USER_AGENT_ORIGINAL;

import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.semconv.RpcAttributes.RpcSystemNameValues;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Attributes of spans and log records. Built for recorded requests only. No query, no header but
 * the user agent, and no text longer than {@link #TEXT} gets in.
 */
final class RequestAttributes {

  /** Longest text taken from a request, characters. */
  static final int TEXT = 512;

  /** Longest unknown method, characters. */
  static final int METHOD = 32;

  private RequestAttributes() {}

  /** What is known when the request begins. */
  static AttributesBuilder of(RequestStart start) {
    AttributesBuilder to = Attributes.builder();
    String method = Outcome.method(start.method());
    to.put(HTTP_REQUEST_METHOD, method);
    if (!method.equals(start.method())) {
      to.put(HTTP_REQUEST_METHOD_ORIGINAL, bounded(start.method(), METHOD));
    }
    to.put(URL_SCHEME, start.scheme());
    to.put(URL_PATH, path(start));
    to.put(NETWORK_PROTOCOL_NAME, "http");
    to.put(NETWORK_PROTOCOL_VERSION, Outcome.httpVersion(start.protocol()));
    to.put(Attrs.SIDE, start.side().name().toLowerCase(Locale.ROOT));
    putAuthority(to, start.authority(), start.scheme());
    put(to, HTTP_ROUTE, start.route());
    put(to, Attrs.SERVICE, start.service());
    put(to, USER_AGENT_ORIGINAL, start.userAgent());
    if (Outcome.isGrpc(start)) {
      to.put(RPC_SYSTEM_NAME, RpcSystemNameValues.GRPC);
      put(to, RPC_METHOD, rpcMethod(start));
    }
    if (start.side() != Side.OUTBOUND) {
      put(to, CLIENT_ADDRESS, start.source().address());
    }
    putPeer(to, Attrs.SOURCE, start.source());
    return to;
  }

  /** Adds what is known when the request is over. */
  static AttributesBuilder of(AttributesBuilder to, RequestStart start, RequestEnd end) {
    if (end.status() != 0) {
      to.put(HTTP_RESPONSE_STATUS_CODE, (long) end.status());
    }
    if (end.grpcStatus() >= 0) {
      to.put(RPC_STATUS_CODE, Outcome.grpcStatus(end.grpcStatus()));
    }
    if (end.attempts() > 1) {
      to.put(HTTP_REQUEST_RESEND_COUNT, (long) end.attempts() - 1);
    }
    put(to, ERROR_TYPE, Outcome.errorType(start.side(), end));
    put(to, Attrs.REASON, end.reason());
    put(to, Attrs.POLICY, end.policy());
    put(to, Attrs.AUDITED_BY, end.auditedBy());
    if (end.dryRunDenied()) {
      to.put(Attrs.DRY_RUN_DENIED, true);
    }
    to.put(Attrs.MTLS, end.mutualTls());
    to.put(Attrs.REQUEST_SIZE, end.requestBytes());
    to.put(Attrs.RESPONSE_SIZE, end.responseBytes());
    Peer destination = end.destination();
    if (destination != null) {
      put(to, NETWORK_PEER_ADDRESS, destination.address());
      putPeer(to, Attrs.DESTINATION, destination);
    }
    return to;
  }

  /** A span's name: the RPC method, else the HTTP method and the route. */
  static String spanName(RequestStart start) {
    if (Outcome.isGrpc(start)) {
      String rpc = rpcMethod(start);
      if (!rpc.isEmpty()) {
        return rpc;
      }
    }
    String method = Outcome.method(start.method());
    String verb = method.equals("_OTHER") ? "HTTP" : method;
    return start.route().isEmpty() ? verb : verb + " " + start.route();
  }

  /** The path without query and fragment, whatever the proxy passed on. */
  static String path(RequestStart start) {
    String path = start.path();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '?' || c == '#') {
        return bounded(path.substring(0, i));
      }
    }
    return bounded(path);
  }

  /** {@code package.Service/Method} of a gRPC path, or "" when the path is none. */
  static String rpcMethod(RequestStart start) {
    String path = path(start);
    int slash = path.lastIndexOf('/');
    return slash > 1 && path.charAt(0) == '/' && slash < path.length() - 1 ? path.substring(1) : "";
  }

  static String bounded(String text) {
    return bounded(text, TEXT);
  }

  static String bounded(String text, int limit) {
    return text.length() <= limit ? text : text.substring(0, limit);
  }

  /**
   * Host and port of an authority; nothing when it is no such thing. User information is not taken
   * along.
   */
  private static void putAuthority(AttributesBuilder to, String authority, String scheme) {
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    int colon = host.lastIndexOf(':');
    long port = scheme.equals("https") ? 443 : 80;
    if (colon >= 0 && colon > host.lastIndexOf(']')) {
      long given = port(host, colon + 1);
      if (given < 0) {
        return;
      }
      port = given;
      host = host.substring(0, colon);
    }
    if (!host.isEmpty()) {
      to.put(SERVER_ADDRESS, bounded(host));
      to.put(SERVER_PORT, port);
    }
  }

  private static long port(String text, int from) {
    long port = 0;
    if (from == text.length() || text.length() - from > 5) {
      return -1;
    }
    for (int i = from; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      port = port * 10 + digit;
    }
    return port <= 65_535 ? port : -1;
  }

  static void putPeer(AttributesBuilder to, Attrs.PeerKeys keys, Peer peer) {
    put(to, keys.namespace, peer.namespace());
    put(to, keys.workload, peer.workload());
    put(to, keys.pod, peer.pod());
    put(to, keys.spiffeId, peer.spiffeId());
    put(to, keys.address, peer.address());
  }

  private static void put(AttributesBuilder to, AttributeKey<String> key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      to.put(key, bounded(value));
    }
  }
}
