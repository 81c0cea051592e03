package dev.weft.controlplane;

import dev.weft.resources.ObjectRef;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes changes out of an inbox, a burst at a time, and hands over what is there then. Changes that
 * could not be taken come again with the next ones, unless an object has changed since: nobody else
 * will tell of them a second time. Owned by one thread.
 */
final class Intake {
  private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

  private final Inbox inbox;
  private final Timing timing;
  private final Consumer<View> consumer;
  private final CountDownLatch closed;
  private final KubernetesState state = new KubernetesState();

  /** Of what could not be taken; "" when all was. */
  private String problem = "";

  /**
   * How long to wait.
   *
   * @param quiet without a change, and a burst is over
   * @param longest a burst is waited for
   * @param again before changes are taken once more that could not be
   */
  record Timing(Duration quiet, Duration longest, Duration again) {}

  /**
   * Nothing yet.
   *
   * @param closed reaches zero when the inbox is closed
   */
  Intake(Inbox inbox, Timing timing, Consumer<View> consumer, CountDownLatch closed) {
    this.inbox = inbox;
    this.timing = timing;
    this.consumer = consumer;
    this.closed = closed;
  }

  /** Takes what there is, without waiting; a failure is the caller's. */
  void first() {
    consumer.accept(state.apply(inbox.drain()));
  }

  /** Follows what comes until the inbox is closed. */
  void run() throws InterruptedException {
    for (Map<ObjectRef, Change> changes = next(); !changes.isEmpty(); changes = next()) {
      try {
        consumer.accept(state.apply(changes));
        good();
      } catch (RuntimeException e) {
        inbox.putBack(changes);
        bad(changes.size(), e);
        closed.await(timing.again().toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  private Map<ObjectRef, Change> next() throws InterruptedException {
    return inbox.take(timing.quiet(), timing.longest());
  }

  private void good() {
    if (!problem.isEmpty()) {
      problem = "";
      LOG.info("what could not be taken has been");
    }
  }

  private void bad(int objects, RuntimeException e) {
    String now = e.toString();
    if (!now.equals(problem)) {
      problem = now;
      LOG.error(
          "changes of {} objects could not be taken; the last state stays, next try in {}",
          objects,
          timing.again(),
          e);
    }
  }
}
