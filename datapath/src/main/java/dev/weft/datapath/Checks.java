package dev.weft.datapath;

/** Bounds of numbers that come from configuration. */
final class Checks {
  /** 24 bits travel in a VNI; bit 24 marks identities of prefixes. */
  private static final int MAX_IDENTITY = (1 << 25) - 1;

  private Checks() {}

  static void identity(int identity) {
    if (identity < 0 || identity > MAX_IDENTITY) {
      throw new IllegalArgumentException("an identity is 0 to 2^25-1, not " + identity);
    }
  }

  static void port(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
    }
  }

  static void portOrAny(int port) {
    if (port != 0) {
      port(port);
    }
  }
}
