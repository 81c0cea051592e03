package dev.weft.flows;

import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;

/** What became of a request, in the vocabulary of the semantic conventions. Pure. */
final class Outcome {

  /** Names of gRPC status codes by number. */
  private static final String[] GRPC = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED"
  };

  private static final int PERMISSION_DENIED = 7;

  private Outcome() {}

  /**
   * The {@code error.type}, or "" when the request went well: the proxy's reason, else the status.
   * For a server a 4xx is the client's error, for a client it is one of its own (HTTP spans,
   * "Status").
   */
  static String errorType(Side side, RequestEnd end) {
    if (isRedirect(end)) {
      return "";
    }
    if (end.reason() != null) {
      return end.reason();
    }
    if (end.status() == 0) {
      return "no_response";
    }
    if (end.grpcStatus() > 0 && isGrpcError(side, end.grpcStatus())) {
      return grpcStatus(end.grpcStatus());
    }
    int first = side == Side.OUTBOUND ? 400 : 500;
    return end.status() >= first ? Integer.toString(end.status()) : "";
  }

  /**
   * Whether the request failed, or was refused, in a way that an operator wants to see one by one.
   */
  static boolean isFailure(RequestEnd end) {
    return (end.reason() != null && !isRedirect(end))
        || end.dryRunDenied()
        || end.status() == 0
        || end.status() >= 500
        || (end.grpcStatus() > 0 && isGrpcError(Side.INBOUND, end.grpcStatus()));
  }

  /** Whether a policy refused the request. */
  static boolean isDenied(RequestEnd end) {
    return end.reason() != null
        && (end.status() == 403
            || end.grpcStatus() == PERMISSION_DENIED
            || end.reason().endsWith("DENIED"));
  }

  /** The proxy's own answer that is none of its failures. */
  private static boolean isRedirect(RequestEnd end) {
    return end.status() >= 300 && end.status() < 400;
  }

  static String grpcStatus(int code) {
    return code >= 0 && code < GRPC.length ? GRPC[code] : "UNKNOWN";
  }

  static boolean isGrpc(RequestStart start) {
    return start.protocol().equals("grpc");
  }

  /**
   * One of the methods of RFC 9110 and RFC 5789, or {@code _OTHER}: the method comes from the
   * client and must not be able to make up time series.
   */
  static String method(String received) {
    return switch (received) {
      case "GET" -> "GET";
      case "POST" -> "POST";
      case "PUT" -> "PUT";
      case "DELETE" -> "DELETE";
      case "HEAD" -> "HEAD";
      case "OPTIONS" -> "OPTIONS";
      case "PATCH" -> "PATCH";
      case "CONNECT" -> "CONNECT";
      case "TRACE" -> "TRACE";
      default -> "_OTHER";
    };
  }

  static String httpVersion(String protocol) {
    return switch (protocol) {
      case "http/1.0" -> "1.0";
      case "http/1.1" -> "1.1";
      default -> "2";
    };
  }

  /**
   * Servers blame themselves for these only (gRPC semantic conventions); clients for everything but
   * OK.
   */
  private static boolean isGrpcError(Side side, int code) {
    return side == Side.OUTBOUND
        || switch (code) {
          case 2, 4, 12, 13, 14, 15 -> true;
          default -> false;
        };
  }
}
