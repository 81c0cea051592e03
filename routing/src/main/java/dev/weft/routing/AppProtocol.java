package dev.weft.routing;

/** What a Service port says it speaks ({@code appProtocol}, or the port's name). */
public enum AppProtocol {
  /** Nothing said: the first bytes decide; a silent client makes it opaque. */
  SNIFFED,
  /** HTTP/1.1, or HTTP/2 with prior knowledge; upstream HTTP/1.1. */
  HTTP,
  /** HTTP/2 with prior knowledge, gRPC. */
  HTTP2,
  /** Opaque; never sniffed, the server may speak first. */
  TCP,
  /** Opaque TLS. */
  TLS,
  /** HTTP/1.1 that upgrades to WebSocket. */
  WEBSOCKET;

  /** Whether the port never carries anything but HTTP. */
  public boolean http() {
    return this == HTTP || this == HTTP2 || this == WEBSOCKET;
  }

  /** Whether bytes are passed on unread. */
  public boolean opaque() {
    return this == TCP || this == TLS;
  }

  static AppProtocol of(dev.weft.api.v1.AppProtocol protocol) {
    return switch (protocol) {
      case APP_PROTOCOL_HTTP -> HTTP;
      case APP_PROTOCOL_HTTP2 -> HTTP2;
      case APP_PROTOCOL_TCP -> TCP;
      case APP_PROTOCOL_TLS -> TLS;
      case APP_PROTOCOL_WEBSOCKET -> WEBSOCKET;
      case APP_PROTOCOL_UNSPECIFIED, UNRECOGNIZED -> SNIFFED;
    };
  }
}
