package dev.weft.gatewayapi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The protocols that listeners can speak here, with the kinds of routes that they take. */
enum ListenerProtocol {
  HTTP(Family.HTTP, "HTTPRoute", "GRPCRoute"),
  HTTPS(Family.TLS, "HTTPRoute", "GRPCRoute");

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

  /** The protocol with a name as users write it; null when Weft does not speak it. */
  static @Nullable ListenerProtocol named(String name) {
    for (ListenerProtocol protocol : values()) {
      if (protocol.name().equals(name)) {
        return protocol;
      }
    }
    return null;
  }
}
