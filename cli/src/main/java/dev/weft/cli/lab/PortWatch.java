package dev.weft.cli.lab;

import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Whether somebody listens on all ports of a container. To list sockets the kernel walks a table
 * that grows with the machine's memory (10 ms of CPU measured), to count those of a namespace it
 * does not: the list is read when the count has changed, and now and then in case two changes made
 * up for each other. Confined to the pod's thread.
 */
final class PortWatch {
  private static final Duration WHILE_CLOSED = Duration.ofSeconds(1);

  /** How often a kubelet looks, unless a probe says otherwise. */
  private static final Duration WHILE_OPEN = Duration.ofSeconds(10);

  /** The sockets of a network namespace. */
  interface Sockets {
    /** TCP sockets, connections included. */
    int count();

    /** TCP ports that are listened on. */
    Set<Integer> listening();
  }

  private final Set<Integer> ports;
  private final LongSupplier nanoTime;
  private boolean open;
  private int seen = -1;
  private long lookedAt;

  PortWatch(Set<Integer> ports, LongSupplier nanoTime) {
    this.ports = Set.copyOf(ports);
    this.nanoTime = nanoTime;
  }

  /** Another program has the namespace now. */
  void reset() {
    open = false;
    seen = -1;
  }

  /** Looks, as closely as it has to. */
  boolean isOpen(Sockets sockets) {
    if (ports.isEmpty()) {
      return true;
    }
    int count = sockets.count();
    long now = nanoTime.getAsLong();
    long age = now - lookedAt;
    boolean due =
        seen < 0
            || count == 0
            || (open ? age > WHILE_OPEN.toNanos() : count != seen || age > WHILE_CLOSED.toNanos());
    if (due) {
      open = count > 0 && sockets.listening().containsAll(ports);
      seen = count;
      lookedAt = now;
    }
    return open;
  }
}
