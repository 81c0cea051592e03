package dev.weft.identity;

import java.time.Duration;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** One thread's work queue with delays, and what need not be on it; tests move it by hand. */
public interface Scheduler {

  /** Runs the task on the thread, soon. From any thread. */
  void execute(Runnable task);

  /** Runs the task on the thread after the delay. From any thread. */
  void schedule(Duration delay, Runnable task);

  /** Runs the task on another thread, soon. From any thread. */
  void aside(Runnable task);

  /** A scheduler on an executor, which must have one thread only. */
  static Scheduler of(ScheduledExecutorService executor) {
    return new Scheduler() {
      @Override
      public void execute(Runnable task) {
        executor.execute(task);
      }

      @Override
      public void schedule(Duration delay, Runnable task) {
        executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      }

      @Override
      public void aside(Runnable task) {
        ForkJoinPool.commonPool().execute(task);
      }
    };
  }
}
