package dev.weft.cli.load;

import dev.weft.cli.lab.LabClock;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends at a fixed rate, also while answers are late: an answer that takes long does not make the
 * next request wait. Confined to one event loop.
 */
final class LoadRun {
  /** Said on standard error with the first request, for whoever wants to do something meanwhile. */
  static final String STARTED = "load started";

  /** Between looks at the clock; what came due meanwhile goes out together. */
  private static final long SHORTEST_NANOS = 1_000_000;

  private final EventLoop loop;
  private final LoadTarget target;
  private final double perNano;
  private long total;
  private final List<Sample> samples = new ArrayList<>();
  private final CompletableFuture<List<Sample>> finished = new CompletableFuture<>();
  private long startedAt;
  private long sent;

  /**
   * One exchange.
   *
   * @param atMicros wall time of the request, microseconds since the epoch
   * @param tookMicros until its end
   */
  record Sample(long atMicros, long tookMicros, boolean ok, String answer, String servedBy) {}

  LoadRun(EventLoop loop, LoadTarget target, double rate, Duration duration) {
    this.loop = loop;
    this.target = target;
    this.perNano = rate / 1e9;
    this.total = Math.max(1, Math.round(rate * duration.toNanos() / 1e9));
  }

  /** Begins; completes with every exchange once the last one has ended. */
  CompletableFuture<List<Sample>> start() {
    loop.execute(
        () -> {
          System.err.println(STARTED);
          startedAt = LabClock.nanoTime();
          sendDue();
        });
    return finished;
  }

  /** Sends nothing more; what is under way still counts. Any thread. */
  void stop() {
    loop.execute(
        () -> {
          total = Math.max(1, sent);
          finishIfOver();
        });
  }

  private void sendDue() {
    long due = Math.min(total, 1 + (long) ((LabClock.nanoTime() - startedAt) * perNano));
    while (sent < due) {
      sent++;
      long begin = LabClock.nanoTime();
      long at = ChronoMicros.now();
      target.send(
          (ok, answer, servedBy) -> done(new Sample(at, micros(begin), ok, answer, servedBy)));
    }
    if (sent < total) {
      long next = startedAt + (long) (sent / perNano) - LabClock.nanoTime();
      loop.schedule(this::sendDue, Math.max(SHORTEST_NANOS, next), TimeUnit.NANOSECONDS);
    }
  }

  private static long micros(long begin) {
    return (LabClock.nanoTime() - begin) / 1_000;
  }

  private void done(Sample sample) {
    samples.add(sample);
    finishIfOver();
  }

  private void finishIfOver() {
    if (samples.size() == total) {
      target.close();
      finished.complete(List.copyOf(samples));
    }
  }
}
