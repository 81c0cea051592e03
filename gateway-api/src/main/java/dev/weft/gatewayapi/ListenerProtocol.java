package dev.weft.gatewayapi;

import dev.weft.resources.Gateway;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The protocols that listeners can speak here, with the kinds of routes that they take. */
enum ListenerProtocol {
  HTTP(Family.HTTP, "HTTPRoute", "GRPCRoute"),
  HTTPS(Family.TLS, "HTTPRoute", "GRPCRoute"),
  /** TLS is ended here, and what is inside is passed on unread. */
  TLS(Family.TLS, "TLSRoute", "TCPRoute"),
  /** The server name is read, and TLS is passed on as it is. */
  TLS_PASSTHROUGH(Family.TLS, "TLSRoute"),
  TCP(Family.TCP, "TCPRoute"),
  UDP(Family.UDP, "UDPRoute");

  /** Protocols of one family share a port when their hostnames differ; others never do. */
  enum Family {
    /** Told apart by the Host header. */
    HTTP,
    /** Told apart by the name in the ClientHello. */
    TLS,
    /** One listener a port. */
    TCP,
    /** One listener a port, beside those of the other families. */
    UDP;

    boolean byHostname() {
      return this == HTTP || this == TLS;
    }
  }

  private final Family family;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> kinds;

  ListenerProtocol(Family family, String... kinds) {
    this.family = family;
    this.kinds = List.of(kinds);
  }

  Family family() {
    return family;
  }

  /** Kinds of routes, all of the Gateway API's group. */
  List<String> kinds() {
    return kinds;
  }

  /** Whether it needs a certificate. */
  boolean endsTls() {
    return this == HTTPS || this == TLS;
  }

  /** As nodes know it. */
  dev.weft.api.v1.Gateway.Protocol resource() {
    return switch (this) {
      case HTTP -> dev.weft.api.v1.Gateway.Protocol.PROTOCOL_HTTP;
      case HTTPS -> dev.weft.api.v1.Gateway.Protocol.PROTOCOL_HTTPS;
      case TLS -> dev.weft.api.v1.Gateway.Protocol.PROTOCOL_TLS;
      case TLS_PASSTHROUGH -> dev.weft.api.v1.Gateway.Protocol.PROTOCOL_TLS_PASSTHROUGH;
      case TCP -> dev.weft.api.v1.Gateway.Protocol.PROTOCOL_TCP;
      case UDP -> dev.weft.api.v1.Gateway.Protocol.PROTOCOL_UDP;
    };
  }

  /** What a listener speaks; null when Weft does not. */
  static @Nullable ListenerProtocol of(Gateway.Listener listener) {
    Gateway.Tls tls = listener.tls();
    return switch (listener.protocol()) {
      case "HTTP" -> HTTP;
      case "HTTPS" -> HTTPS;
      case "TLS" -> tls != null && tls.mode().equals("Passthrough") ? TLS_PASSTHROUGH : TLS;
      case "TCP" -> TCP;
      case "UDP" -> UDP;
      default -> null;
    };
  }
}
