package dev.weft.cli.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One container: a host program in the pod's network namespace, started again whenever it ends.
 * Confined to the pod's thread.
 */
final class Container {
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);

  /** One that ran this long has not crashed at start: the next wait is short again. */
  private static final Duration SETTLED = Duration.ofSeconds(10);

  /**
   * What to run.
   *
   * @param ports ready when all of them are listened on
   */
  record Spec(
      String name,
      String namespace,
      List<String> command,
      Map<String, String> environment,
      Set<Integer> ports,
      Path log) {}

  private final Spec spec;
  private final Kubelet.Tools tools;
  private final Consumer<String> events;
  private final Runnable onExit;
  private final LongSupplier nanoTime = LabClock::nanoTime;
  private final PortWatch ports;
  private @Nullable Process process;
  private Duration backoff = FIRST_BACKOFF;
  private long startedAt;
  private long restartAt;
  private boolean exitSeen = true;

  Container(Spec spec, Kubelet.Tools tools, Consumer<String> events, Runnable onExit) {
    this.spec = spec;
    this.tools = tools;
    this.events = events;
    this.onExit = onExit;
    this.ports = new PortWatch(spec.ports(), nanoTime);
    this.restartAt = nanoTime.getAsLong();
  }

  /** Starts the program if it does not run and its time has come. */
  void keepRunning() {
    Process current = process;
    long now = nanoTime.getAsLong();
    if (current != null && !current.isAlive() && !exitSeen) {
      exitSeen = true;
      if (now - startedAt > SETTLED.toNanos()) {
        backoff = FIRST_BACKOFF;
      }
      events.accept(
          "container ended with "
              + current.exitValue()
              + ", starts again in "
              + backoff.toMillis()
              + " ms; its output is in "
              + spec.log());
      restartAt = now + backoff.toNanos();
      Duration doubled = backoff.multipliedBy(2);
      backoff = doubled.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : doubled;
    }
    if (exitSeen && now - restartAt >= 0) {
      start(now);
    }
  }

  private void start(long now) {
    Map<String, String> environment = new LinkedHashMap<>(spec.environment());
    environment.putIfAbsent("PATH", tools.paths().bin() + ":" + System.getenv("PATH"));
    Process started =
        tools
            .processes()
            .start(
                spec.name(),
                Ip.insidePod(spec.namespace(), spec.command()),
                environment,
                spec.log());
    started.onExit().thenRun(onExit);
    process = started;
    ports.reset();
    startedAt = now;
    exitSeen = false;
  }

  /** Whether the program runs and listens on every port it declares. */
  boolean isReady() {
    Process current = process;
    return current != null
        && current.isAlive()
        && ProcFs.isInside(current.pid(), spec.namespace())
        && ports.isOpen(ProcFs.sockets(current.pid()));
  }

  void stop(Duration grace) {
    Process current = process;
    if (current != null && current.isAlive()) {
      Processes.stop(current, grace);
    }
  }
}
