package dev.weft.proxy.http;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One flush for each connection and turn of an event loop, however many messages were written:
 * system calls are three quarters of a proxy's CPU. Owned by one event loop.
 */
public final class Flusher implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Flusher.class);

  private final Executor loop;
  private List<Flushable> dirty = new ArrayList<>();
  private List<Flushable> flushing = new ArrayList<>();
  private boolean scheduled;

  /** A flusher that runs at the end of the present turn of {@code loop}. */
  public Flusher(Executor loop) {
    this.loop = loop;
  }

  /**
   * Flushes the connection at the end of this turn. The caller remembers that it has asked until
   * {@link Flushable#flushNow} is called; asking twice only costs time.
   */
  public void add(Flushable connection) {
    dirty.add(connection);
    if (!scheduled) {
      // Set only after execute() returned: a rejected task must not stop all later flushes.
      loop.execute(this);
      scheduled = true;
    }
  }

  /** Flushes what was asked for; what is written meanwhile waits for the next turn. */
  @Override
  public void run() {
    scheduled = false;
    List<Flushable> now = dirty;
    dirty = flushing;
    flushing = now;
    try {
      for (int i = 0; i < now.size(); i++) {
        flush(now.get(i));
      }
    } finally {
      now.clear();
    }
  }

  private static void flush(Flushable connection) {
    try {
      connection.flushNow();
    } catch (RuntimeException | Error e) { // the others must be flushed all the same
      log.warn("a connection could not be flushed", e);
    }
  }
}
