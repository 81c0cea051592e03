package dev.weft.datapath;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names that reach command lines and file names: checked here, made here. */
final class Names {
  /** IFNAMSIZ less the terminator. */
  private static final int MAX_INTERFACE = 15;

  private Names() {}

  static void requireInterface(String name) {
    if (name.length() > MAX_INTERFACE || !name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
      throw new IllegalArgumentException(
          "not a network interface name (1 to 15 of A-Z a-z 0-9 _ . -): \"" + name + "\"");
    }
  }

  static void requireContainer(String id) {
    if (!id.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")) {
      throw new IllegalArgumentException(
          "not a container id (1 to 128 of A-Z a-z 0-9 _ . -): \"" + id + "\"");
    }
  }

  static void requireNamespace(Path path) {
    if (!path.toString().matches("/[A-Za-z0-9_./:-]+")) {
      throw new IllegalArgumentException(
          "not an absolute path of a network namespace: \"" + path + "\"");
    }
  }

  /** "weft" and 44 bits of a hash: 15 characters, as long as a name can be. */
  static String hostInterface(String containerId, String interfaceName) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((containerId + "/" + interfaceName).getBytes(StandardCharsets.UTF_8));
      return "weft" + HexFormat.of().formatHex(hash).substring(0, MAX_INTERFACE - 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
