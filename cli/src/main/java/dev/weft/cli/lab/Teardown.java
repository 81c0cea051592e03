package dev.weft.cli.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Removes everything a lab made, whether that lab ended well or was killed: processes by pid and
 * start time, namespaces and links by their names, the BPF mount, the run folder.
 */
final class Teardown {
  private static final Path NETNS_ETC = Path.of("/etc/netns");
  private static final long PATIENCE_MS = 3_000;

  private final Ip ip;
  private final LabPaths paths;

  Teardown(Ip ip, LabPaths paths) {
    this.ip = ip;
    this.paths = paths;
  }

  /** The lab that runs in this folder, if one does. */
  static OptionalLong running(LabPaths paths) {
    if (!Files.exists(paths.pid())) {
      return OptionalLong.empty();
    }
    try {
      String[] fields = Files.readString(paths.pid()).strip().split(" ", -1);
      long pid = Long.parseLong(fields[0]);
      OptionalLong started = ProcFs.startTime(pid);
      return started.isPresent()
              && fields.length > 1
              && started.getAsLong() == Long.parseLong(fields[1])
          ? OptionalLong.of(pid)
          : OptionalLong.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** Removes everything; what is gone already is fine. */
  void run() {
    List<ProcessHandle> victims = new ArrayList<>(children());
    for (String namespace : Underlay.namespaces(ip)) {
      for (long pid : ip.pids(namespace)) {
        ProcessHandle.of(pid).ifPresent(victims::add);
      }
    }
    victims.forEach(ProcessHandle::destroyForcibly);
    victims.forEach(Teardown::await);
    List<String> namespaces = Underlay.namespaces(ip);
    namespaces.forEach(ip::delete);
    namespaces.forEach(namespace -> deleteTree(NETNS_ETC.resolve(namespace)));
    ip.deleteLink(Underlay.HOST_LINK);
    unmount(paths.bpf());
    deleteTree(paths.run());
  }

  private List<ProcessHandle> children() {
    if (!Files.exists(paths.children())) {
      return List.of();
    }
    List<ProcessHandle> found = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(paths.children())) {
        String[] fields = line.split(" ", 3);
        long pid = Long.parseLong(fields[0]);
        OptionalLong started = ProcFs.startTime(pid);
        if (started.isPresent() && started.getAsLong() == Long.parseLong(fields[1])) {
          ProcessHandle.of(pid).ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private static void await(ProcessHandle process) {
    try {
      process.onExit().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
      throw new LabException(
          "process "
              + process.pid()
              + " does not end; look at it with 'ps -p "
              + process.pid()
              + "'",
          e);
    }
  }

  private static void unmount(Path mount) {
    if (isMounted(mount)) {
      Commands.run(List.of("umount", "-l", mount.toString()), "");
    }
  }

  static boolean isMounted(Path mount) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/mounts"))) {
      return lines.anyMatch(line -> line.split(" ", 3)[1].equals(mount.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + root, e);
    }
  }
}
