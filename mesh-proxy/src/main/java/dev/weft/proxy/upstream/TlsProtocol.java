package dev.weft.proxy.upstream;

import java.util.List;

/** What is offered to a backend by ALPN (RFC 7301). */
enum TlsProtocol {
  /** One that knows no ALPN is spoken to all the same. */
  HTTP1(List.of("http/1.1")),
  /** The server must agree (RFC 9113, section 3.2). */
  HTTP2(List.of("h2")),
  /** Nobody knows what is inside. */
  OPAQUE(List.of());

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> names;

  TlsProtocol(List<String> names) {
    this.names = names;
  }

  static TlsProtocol of(boolean http, boolean http2) {
    return !http ? OPAQUE : http2 ? HTTP2 : HTTP1;
  }

  List<String> names() {
    return names;
  }

  /** Whether what the server chose will do. */
  boolean accepts(String chosen) {
    return this != HTTP2 || names.contains(chosen);
  }
}
