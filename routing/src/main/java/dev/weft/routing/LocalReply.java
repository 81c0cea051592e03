package dev.weft.routing;

import java.util.Locale;

/**
 * An answer that the proxy makes itself. For a gRPC request it is 200 with only trailers (gRPC over
 * HTTP/2, "Trailers-Only"); for any other the HTTP status with a short text.
 *
 * @param status HTTP status
 * @param grpcStatus what a gRPC client is told
 * @param reason one word for {@code x-weft-reason} and telemetry
 * @param message one line of text for people; holds nothing of the request
 */
public record LocalReply(int status, int grpcStatus, String reason, String message) {
  private static final int UNIMPLEMENTED = 12;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int PERMISSION_DENIED = 7;
  private static final int RESOURCE_EXHAUSTED = 8;

  public static final LocalReply BAD_REQUEST =
      new LocalReply(400, INTERNAL, "BAD_REQUEST", "the request is malformed");
  public static final LocalReply NO_ROUTE =
      new LocalReply(404, UNIMPLEMENTED, "NO_ROUTE", "no route matches the request");
  public static final LocalReply MISDIRECTED =
      new LocalReply(421, UNAVAILABLE, "MISDIRECTED", "the host is not served on this connection");
  public static final LocalReply DENIED =
      new LocalReply(
          403, PERMISSION_DENIED, "POLICY_DENIED", "an authorization policy refuses the request");
  public static final LocalReply AUTH_DENIED =
      new LocalReply(
          403, PERMISSION_DENIED, "AUTH_DENIED", "the external authorization refuses the request");
  public static final LocalReply AUTH_UNAVAILABLE =
      new LocalReply(
          403,
          PERMISSION_DENIED,
          "AUTH_UNAVAILABLE",
          "the external authorization gave no answer, so the request is refused");
  public static final LocalReply AUTH_MALFORMED =
      new LocalReply(
          403,
          PERMISSION_DENIED,
          "AUTH_MALFORMED",
          "the external authorization's answer was not understood, so the request is refused");
  public static final LocalReply BODY_TOO_LARGE =
      new LocalReply(
          413,
          RESOURCE_EXHAUSTED,
          "BODY_TOO_LARGE",
          "the body is larger than what the external authorization reads");
  public static final LocalReply NO_ENDPOINT =
      new LocalReply(503, UNAVAILABLE, "NO_ENDPOINT", "the service has no serving endpoint");
  public static final LocalReply CONNECT_FAILED =
      new LocalReply(503, UNAVAILABLE, "CONNECT_FAILED", "the endpoint could not be reached");
  public static final LocalReply UPSTREAM_RESET =
      new LocalReply(
          503, UNAVAILABLE, "UPSTREAM_RESET", "the endpoint broke off before it answered");
  public static final LocalReply UPSTREAM_MALFORMED =
      new LocalReply(
          502, UNAVAILABLE, "UPSTREAM_MALFORMED", "the endpoint's answer was not understood");
  public static final LocalReply UNTRUSTED_PEER =
      new LocalReply(503, UNAVAILABLE, "UNTRUSTED_PEER", "the endpoint could not prove who it is");

  /** The endpoint may not be spoken to in plaintext, and there is no identity to prove. */
  public static final LocalReply MTLS_REQUIRED =
      new LocalReply(503, UNAVAILABLE, "MTLS_REQUIRED", "the endpoint takes mutual TLS only");

  /** The Gateway's certificate for backends has not come, or could not be read. */
  public static final LocalReply BACKEND_CERTIFICATE_MISSING =
      new LocalReply(
          503,
          UNAVAILABLE,
          "BACKEND_CERTIFICATE_MISSING",
          "the gateway has no certificate to show");

  public static final LocalReply NETWORK_POLICY =
      new LocalReply(
          403, PERMISSION_DENIED, "NETWORK_POLICY", "a network policy refuses the connection");
  public static final LocalReply REQUEST_TIMEOUT =
      new LocalReply(
          504,
          DEADLINE_EXCEEDED,
          "REQUEST_TIMEOUT",
          "no answer within the route's request timeout");
  public static final LocalReply BACKEND_TIMEOUT =
      new LocalReply(
          504,
          DEADLINE_EXCEEDED,
          "BACKEND_TIMEOUT",
          "no answer within the route's backend timeout");
  public static final LocalReply RETRY_BUDGET =
      new LocalReply(
          503, UNAVAILABLE, "RETRY_BUDGET", "the retry budget of the backend is used up");
  public static final LocalReply OVERLOADED =
      new LocalReply(503, UNAVAILABLE, "OVERLOADED", "the proxy is at a limit for this client");

  /** GRPCRoute: an invalid backend is UNAVAILABLE; HTTPRoute: 500. */
  public static LocalReply invalidBackend(String message) {
    return new LocalReply(500, UNAVAILABLE, "INVALID_BACKEND", message);
  }

  /** The TLS that is asked for cannot be spoken: nothing is sent in plaintext instead. */
  public static LocalReply invalidBackendTls(String message) {
    return new LocalReply(500, UNAVAILABLE, "BACKEND_TLS_INVALID", message);
  }

  /** Whether a content type is gRPC's: "application/grpc", alone or with a suffix. */
  public static boolean isGrpc(CharSequence contentType) {
    String prefix = "application/grpc";
    if (contentType.length() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (Character.toLowerCase(contentType.charAt(i)) != prefix.charAt(i)) {
        return false;
      }
    }
    return contentType.length() == prefix.length()
        || "+;-".indexOf(contentType.charAt(prefix.length())) >= 0;
  }

  /** The message in the percent-encoding of {@code grpc-message}. */
  public String grpcMessage() {
    StringBuilder out = new StringBuilder(message.length());
    for (byte b : message.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      if (b >= ' ' && b <= '~' && b != '%') {
        out.append((char) b);
      } else {
        out.append('%').append(String.format(Locale.ROOT, "%02X", b & 255));
      }
    }
    return out.toString();
  }
}
