package dev.weft.cli;

import java.net.InetSocketAddress;

/** How an address and a port are written. */
final class HostPort {
  private HostPort() {}

  /**
   * Reads HOST:PORT; a name is looked up.
   *
   * @throws IllegalArgumentException if it is neither
   */
  static InetSocketAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon > 0 && port >= 0 && port <= 65_535) {
        return new InetSocketAddress(text.substring(0, colon), port);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not HOST:PORT", e);
    }
    throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
  }
}
