package dev.weft.cli.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** What /proc says about processes (proc(5)). */
final class ProcFs {
  private static final String LISTEN = "0A";

  private ProcFs() {}

  /**
   * When a process started, in clock ticks since boot: with the pid it names a process for good,
   * since a pid alone comes back.
   */
  static OptionalLong startTime(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The command may hold spaces and brackets; fields are counted after its last bracket. Field
      // 22.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return fields[0].equals("Z")
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(fields[19]));
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      return OptionalLong.empty();
    }
  }

  /** Whether a process has entered a network namespace yet. */
  static boolean isInside(long pid, String namespace) {
    try {
      String own =
          Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns", "net")).toString();
      Object inode = Files.getAttribute(Ip.path(namespace), "unix:ino");
      return own.equals("net:[" + inode + "]");
    } catch (IOException e) {
      return false;
    }
  }

  /** The sockets in the network namespace of a process. */
  static PortWatch.Sockets sockets(long pid) {
    return new PortWatch.Sockets() {
      @Override
      public int count() {
        return tcpSockets(pid);
      }

      @Override
      public Set<Integer> listening() {
        return listeningPorts(pid);
      }
    };
  }

  private static int tcpSockets(long pid) {
    int count = 0;
    for (String table : List.of("sockstat", "sockstat6")) {
      for (String line : lines(Path.of("/proc", Long.toString(pid), "net", table))) {
        String[] fields = line.split(" ", 4);
        if (fields.length > 2 && fields[0].startsWith("TCP") && fields[1].equals("inuse")) {
          count += Integer.parseInt(fields[2]);
        }
      }
    }
    return count;
  }

  private static Set<Integer> listeningPorts(long pid) {
    Set<Integer> ports = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : lines(Path.of("/proc", Long.toString(pid), "net", table))) {
        String[] fields = line.strip().split("\\s+", 5);
        if (fields.length > 3 && fields[3].equals(LISTEN)) {
          ports.add(Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16));
        }
      }
    }
    return ports;
  }

  /** Empty when the process has just ended, or the kernel has no such table. */
  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
