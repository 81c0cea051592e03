package dev.weft.datapath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Kernel settings below net/ of the calling thread's network namespace. */
final class Sysctl {
  /**
   * In a container that is not privileged /proc/sys is read-only: there it is somewhere else too.
   */
  private static final Path ROOT = Path.of(System.getProperty("weft.sysctl", "/proc/sys/net"));

  private Sysctl() {}

  /** Writes a setting, path as below net/. */
  static void set(String path, String value) {
    Path file = ROOT.resolve(path);
    try {
      Files.writeString(file, value);
    } catch (IOException e) {
      throw new DatapathException("cannot write \"" + value + "\" to " + file, e);
    }
  }
}
