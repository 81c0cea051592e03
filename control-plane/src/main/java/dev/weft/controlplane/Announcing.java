package dev.weft.controlplane;

import dev.weft.api.v1.Away;
import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Resource;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells nodes who of them cannot answer for Gateways' addresses, so that the others take over: the
 * resource {@value #NAME}. It names the exceptions, so it is small in a mesh of any size, and
 * changes only when they do.
 *
 * <p>Nothing is told until something is known: from the first node that remembers what an earlier
 * control plane told, or when all nodes were heard, or {@link #SETTLING} after the first. Until
 * then nodes go by what they hold.
 *
 * <p>Confined to the mesh thread.
 */
final class Announcing {
  static final String NAME = "away";

  /** How long a new mesh waits for its nodes before it says who is not there. */
  static final Duration SETTLING = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Announcing.class);

  private final MeshStore store;
  private final Timer timer;
  private final Consumer<Map<String, String>> changed;

  private Attendance attendance = Attendance.NOBODY;
  private Set<String> members = Set.of();
  private boolean settling;
  private boolean begun;
  private OptionalLong awaited = OptionalLong.empty();

  /** The mesh thread's clock. */
  interface Timer {
    /** Nanoseconds, forward only. */
    long now();

    /** Runs a task on the mesh thread, after a while. */
    void after(Duration wait, Runnable task);

    /** Real time. */
    static Timer of(ScheduledExecutorService mesh) {
      return new MonotonicClock(mesh);
    }
  }

  private record MonotonicClock(ScheduledExecutorService mesh) implements Timer {
    @Override
    public long now() {
      return System.nanoTime();
    }

    @Override
    public void after(Duration wait, Runnable task) {
      mesh.schedule(Tasks.logged(task), wait.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /**
   * Knows no node yet.
   *
   * @param changed told which resources of the store have changed, with the versions they had
   */
  Announcing(MeshStore store, Timer timer, Consumer<Map<String, String>> changed) {
    this.store = store;
    this.timer = timer;
    this.changed = changed;
  }

  /**
   * The mesh's nodes are others now.
   *
   * @return the resources that this changed, with the versions they had; the caller tells the nodes
   *     of them, together with the rest of the step
   */
  Map<String, String> members(Set<String> nodes) {
    members = Set.copyOf(nodes);
    attendance = attendance.within(members);
    return renew();
  }

  /** A node has opened a stream; nothing was sent to it yet. */
  void greeted(Hello hello) {
    if (!begun && hello.containsHeld(NAME)) {
      begun = true;
      Set<String> able = new HashSet<>(members);
      hello.getAwayList().forEach(able::remove);
      become(attendance.remembering(able, timer.now()));
    }
    become(attendance.greeted(hello.getNode()));
  }

  /** A node has put to use what it was told. */
  void answered(String node) {
    if (!settling) {
      settling = true;
      timer.after(SETTLING, this::settled);
    }
    become(attendance.answered(node, timer.now()));
  }

  private void settled() {
    begun = true;
    publish();
  }

  /** A node has said that it ends. */
  void leaving(String node) {
    LOG.info("node {} is leaving: others answer for its Gateway addresses", node);
    become(attendance.leaving(node));
  }

  /** A node's stream is over. */
  void gone(String node) {
    become(attendance.gone(node, timer.now()));
  }

  private void become(Attendance next) {
    if (!next.equals(attendance)) {
      attendance = next.at(timer.now());
      publish();
      schedule();
    }
  }

  /** One task waits for the earliest moment; a later one is looked for when it has come. */
  private void schedule() {
    OptionalLong due = attendance.due();
    if (due.isEmpty() || (awaited.isPresent() && awaited.getAsLong() - due.getAsLong() <= 0)) {
      return;
    }
    awaited = due;
    long wait = Math.max(0, due.getAsLong() - timer.now());
    timer.after(Duration.ofNanos(wait), () -> due(due));
  }

  private void due(OptionalLong moment) {
    if (awaited.equals(moment)) {
      awaited = OptionalLong.empty();
    }
    Set<String> before = attendance.able();
    attendance = attendance.at(timer.now());
    before.removeAll(attendance.able());
    if (!before.isEmpty()) {
      LOG.warn("{} did not come back: others answer for their Gateway addresses", before);
    }
    publish();
    schedule();
  }

  private void publish() {
    Map<String, String> before = renew();
    if (!before.isEmpty()) {
      changed.accept(before);
    }
  }

  private Map<String, String> renew() {
    begun |= !members.isEmpty() && attendance.able().containsAll(members);
    if (!begun) {
      return Map.of();
    }
    Set<String> away = new TreeSet<>(members);
    away.removeAll(attendance.able());
    Set<String> leaving = new TreeSet<>(away);
    leaving.retainAll(attendance.leaving());
    Away.Builder body = Away.newBuilder().addAllNodes(away).addAllLeaving(leaving);
    return store.apply(Map.of(NAME, Resource.newBuilder().setName(NAME).setAway(body).build()));
  }
}
