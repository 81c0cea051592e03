package dev.weft.datapath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Kernel settings below net/ of the calling thread's network namespace. */
final class Sysctl {
  private static final Path ROOT = Path.of("/proc/sys/net");

  private Sysctl() {}

  /** Writes a setting, path as below /proc/sys/net. */
  static void set(String path, String value) {
    Path file = ROOT.resolve(path);
    try {
      Files.writeString(file, value);
    } catch (IOException e) {
      throw new DatapathException("cannot write \"" + value + "\" to " + file, e);
    }
  }
}
