package dev.weft.cli.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Long-running children. Each is written to the list of children before anything else happens, so
 * that a later lab can end what a crashed one left. Thread-safe.
 */
final class Processes {
  private static final Set<String> KEPT = Set.of("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR");

  private final LabPaths paths;

  Processes(LabPaths paths) {
    this.paths = paths;
  }

  /**
   * Starts a child whose output goes to a log.
   *
   * @param environment added to the few variables every program needs; nothing else of the lab's
   *     own is handed on
   */
  Process start(String name, List<String> command, Map<String, String> environment, Path log) {
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      ProcessBuilder builder =
          new ProcessBuilder(detached(command))
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().keySet().retainAll(KEPT);
      builder.environment().putAll(environment);
      Process process = builder.start();
      remember(name, process.pid());
      return process;
    } catch (IOException e) {
      throw new LabException("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  /**
   * In a session of its own: Ctrl-C on the lab's terminal is for the lab, which ends its children
   * in order.
   */
  private static List<String> detached(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("setsid"));
    whole.addAll(command);
    return whole;
  }

  private synchronized void remember(String name, long pid) throws IOException {
    OptionalLong started = ProcFs.startTime(pid);
    if (started.isPresent()) {
      Files.writeString(
          paths.children(),
          pid + " " + started.getAsLong() + " " + name + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  /** SIGTERM, and SIGKILL after a grace period. Returns when the process is gone. */
  static void stop(Process process, Duration grace) {
    process.destroy();
    try {
      process.onExit().get(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      kill(process);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new LabException("cannot wait for process " + process.pid(), e);
    }
  }

  /** SIGKILL. Returns when the process is gone. */
  static void kill(Process process) {
    process.destroyForcibly();
    try {
      process.onExit().join();
    } catch (CompletionException e) {
      throw new LabException("cannot wait for process " + process.pid(), e);
    }
  }
}
