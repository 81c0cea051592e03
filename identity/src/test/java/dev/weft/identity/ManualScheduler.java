package dev.weft.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Runs tasks at once, and delayed ones when the clock is moved. */
final class ManualScheduler implements Scheduler {
  private record Timed(Instant at, int order, Runnable task) {}

  private final ManualClock clock;
  private final List<Timed> waiting = new ArrayList<>();
  private int order;

  ManualScheduler(ManualClock clock) {
    this.clock = clock;
  }

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public void aside(Runnable task) {
    task.run();
  }

  @Override
  public void schedule(Duration delay, Runnable task) {
    waiting.add(new Timed(clock.instant().plus(delay), order++, task));
  }

  void advance(Duration by) {
    Instant end = clock.instant().plus(by);
    while (true) {
      Timed next =
          waiting.stream()
              .min(Comparator.comparing(Timed::at).thenComparingInt(Timed::order))
              .orElse(null);
      if (next == null || next.at().isAfter(end)) {
        clock.set(end);
        return;
      }
      waiting.remove(next);
      clock.set(next.at());
      next.task().run();
    }
  }
}
