package dev.weft.controlplane;

import dev.weft.resources.ObjectRef;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Changes between the threads that watch and the one that takes them. Of several changes of an
 * object only the last is kept, so it never holds more than there are objects. Any thread.
 */
final class Inbox {
  private Map<ObjectRef, Change> pending = new LinkedHashMap<>();
  private long puts;
  private boolean closed;

  synchronized void put(ObjectRef ref, Change change) {
    pending.put(ref, change);
    puts++;
    notifyAll();
  }

  synchronized void putAll(Map<ObjectRef, Change> changes) {
    pending.putAll(changes);
    puts++;
    notifyAll();
  }

  /** Takes changes back in; what has come meanwhile is newer. */
  synchronized void putBack(Map<ObjectRef, Change> changes) {
    changes.forEach(pending::putIfAbsent);
  }

  /** Ends {@link #take}. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** What there is now, without waiting. */
  synchronized Map<ObjectRef, Change> drain() {
    Map<ObjectRef, Change> all = pending;
    pending = new LinkedHashMap<>();
    return all;
  }

  /**
   * Waits for a change, and then for those that come right behind it.
   *
   * @param quiet without a change, and it is handed over
   * @param longest that a change waits for others
   * @return empty when closed
   */
  synchronized Map<ObjectRef, Change> take(Duration quiet, Duration longest)
      throws InterruptedException {
    while (pending.isEmpty() && !closed) {
      wait();
    }
    // Each wait is at most as long as the quiet that is waited for.
    long waits = longest.toNanos() / quiet.toNanos();
    long before = -1;
    while (puts != before && waits-- > 0 && !closed) {
      before = puts;
      wait(quiet.toMillis());
    }
    return closed ? Map.of() : drain();
  }
}
