package dev.weft.gatewayapi;

import dev.weft.api.v1.AppProtocol;
import dev.weft.resources.Protocol;
import dev.weft.resources.Service;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a Service port says it speaks: appProtocol first, then the port's name. */
final class AppProtocols {
  private static final String WEBSOCKET = "kubernetes.io/ws";
  private static final String SECURE_WEBSOCKET = "kubernetes.io/wss";

  private AppProtocols() {}

  /**
   * Why requests of a route cannot be sent to a port (GEP-1911); null when they can.
   *
   * @param tls whether some BackendTLSPolicy says how TLS is spoken to the port
   */
  static @Nullable String refusal(Service.Port port, boolean grpc, boolean tls) {
    String said = port.appProtocol().toLowerCase(Locale.ROOT);
    if (port.protocol() != Protocol.TCP) {
      return "HTTP is not spoken over " + port.protocol();
    }
    if (said.equals(SECURE_WEBSOCKET) && !tls) {
      return said + " needs a BackendTLSPolicy that says whom to believe";
    }
    if (grpc && (said.equals(WEBSOCKET) || said.equals(SECURE_WEBSOCKET))) {
      return "gRPC is not spoken over " + said;
    }
    boolean unknown = said.contains("/") && of(port) == AppProtocol.APP_PROTOCOL_TCP;
    return unknown ? "the protocol " + said + " is not known" : null;
  }

  static AppProtocol of(Service.Port port) {
    if (port.protocol() != Protocol.TCP) {
      return AppProtocol.APP_PROTOCOL_UNSPECIFIED;
    }
    String said = port.appProtocol().toLowerCase(Locale.ROOT);
    return said.isEmpty() ? ofName(port.name()) : ofAppProtocol(said);
  }

  private static AppProtocol ofAppProtocol(String said) {
    return switch (said) {
      case "http" -> AppProtocol.APP_PROTOCOL_HTTP;
      case "kubernetes.io/h2c", "h2c", "grpc", "http2" -> AppProtocol.APP_PROTOCOL_HTTP2;
      case WEBSOCKET -> AppProtocol.APP_PROTOCOL_WEBSOCKET;
      case "https", "tls", SECURE_WEBSOCKET -> AppProtocol.APP_PROTOCOL_TLS;
      // Somebody took the trouble to say what it is, and it is none of ours: never sniff it.
      default -> AppProtocol.APP_PROTOCOL_TCP;
    };
  }

  /** Istio's convention: protocol, or protocol-suffix. */
  private static AppProtocol ofName(String name) {
    int dash = name.indexOf('-');
    return switch (dash < 0 ? name : name.substring(0, dash)) {
      case "http" -> AppProtocol.APP_PROTOCOL_HTTP;
      case "grpc", "h2c", "http2" -> AppProtocol.APP_PROTOCOL_HTTP2;
      case "https", "tls" -> AppProtocol.APP_PROTOCOL_TLS;
      case "tcp", "mysql", "postgres", "redis", "mongo" -> AppProtocol.APP_PROTOCOL_TCP;
      default -> AppProtocol.APP_PROTOCOL_UNSPECIFIED;
    };
  }

  /** Whether HTTP routes and rules can have a meaning on the port: it says HTTP, or nothing. */
  static boolean mayBeHttp(Service.Port port) {
    return port.protocol() == Protocol.TCP
        && switch (of(port)) {
          case APP_PROTOCOL_UNSPECIFIED,
              APP_PROTOCOL_HTTP,
              APP_PROTOCOL_HTTP2,
              APP_PROTOCOL_WEBSOCKET ->
              true;
          case APP_PROTOCOL_TCP, APP_PROTOCOL_TLS, UNRECOGNIZED -> false;
        };
  }

  /** Whether the port says that HTTP is spoken. */
  static boolean saysHttp(Service.Port port) {
    return mayBeHttp(port) && of(port) != AppProtocol.APP_PROTOCOL_UNSPECIFIED;
  }
}
