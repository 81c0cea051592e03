package dev.weft.controlplane;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the statuses in an API server what they should be: a few at a time, each object's latest
 * only, again with growing pauses when it does not work, and again when somebody else changes them.
 *
 * <p>{@link #update} may be called from any thread. Everything else is confined to the status
 * thread, except for the requests themselves, which block virtual threads.
 */
final class KubernetesStatuses implements StatusSink {
  private static final Logger LOG = LoggerFactory.getLogger(KubernetesStatuses.class);

  /** A change, the nodes' answers to it and the server's events make one look at the statuses. */
  private static final Duration DELAY = Duration.ofMillis(10);

  /**
   * Requests on their way: an API server takes hundreds from one client, and others need it too.
   */
  private static final int PARALLEL = 16;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final int MOST_DOUBLINGS = 10;

  private final StatusApi api;
  private final ObservedStatuses observed;
  private final InstantSource clock;
  private final ScheduledExecutorService thread;
  private final Executor requests;
  private final AtomicBoolean due = new AtomicBoolean();

  /** What has come since the last look, and whom it concerns. Both guarded by {@link #fresh}. */
  private final Map<ObjectRef, @Nullable ObjectStatus> fresh = new HashMap<>();

  private boolean begun;
  private final Set<ObjectRef> touched = new LinkedHashSet<>();

  private final Map<ObjectRef, ObjectStatus> wanted = new HashMap<>();
  private final Map<ObjectRef, Settled> settled = new HashMap<>();
  private final Map<ObjectRef, ObjectNode> applied = new HashMap<>();
  private final Map<ObjectRef, Integer> failures = new HashMap<>();
  private final LinkedHashSet<ObjectRef> waiting = new LinkedHashSet<>();
  private final Set<ObjectRef> busy = new HashSet<>();

  /** What was compared last and found in order. */
  private record Settled(@Nullable ObjectStatus wanted, ObservedStatuses.Seen seen) {}

  /**
   * Statuses; nothing is written before the first {@link #update}.
   *
   * @param thread one thread: the status thread
   * @param requests runs what blocks
   */
  KubernetesStatuses(
      StatusApi api,
      ObservedStatuses observed,
      InstantSource clock,
      ScheduledExecutorService thread,
      Executor requests) {
    this.api = api;
    this.observed = observed;
    this.clock = clock;
    this.thread = thread;
    this.requests = requests;
  }

  @Override
  public void update(Map<ObjectRef, @Nullable ObjectStatus> changes) {
    synchronized (fresh) {
      if (!begun) {
        begun = true;
        observed.onChange(this::touch);
        touched.addAll(observed.objects());
      }
      fresh.putAll(changes);
      touched.addAll(changes.keySet());
    }
    lookSoon();
  }

  private void touch(ObjectRef ref) {
    synchronized (fresh) {
      touched.add(ref);
    }
    lookSoon();
  }

  private void lookSoon() {
    if (due.compareAndSet(false, true)) {
      later(this::look, DELAY);
    }
  }

  private void later(Runnable task, Duration pause) {
    thread.schedule(Tasks.logged(task), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    due.set(false);
    List<ObjectRef> refs;
    synchronized (fresh) {
      fresh.forEach(
          (ref, status) -> {
            if (status == null) {
              wanted.remove(ref);
            } else {
              wanted.put(ref, status);
            }
          });
      refs = List.copyOf(touched);
      fresh.clear();
      touched.clear();
    }
    refs.forEach(this::consider);
    work();
  }

  /** An object whose last attempt failed waits for its next one. */
  private void consider(ObjectRef ref) {
    ObservedStatuses.Seen seen = observed.get(ref);
    if (seen == null) {
      forgetTheGone(ref);
      return;
    }
    ObjectStatus status = wanted.get(ref);
    boolean ours = status != null || seen.hasOurs();
    boolean same = new Settled(status, seen).equals(settled.get(ref));
    if (ours && !same && !failures.containsKey(ref)) {
      waiting.add(ref);
    }
  }

  private void forgetTheGone(ObjectRef ref) {
    if (!busy.contains(ref)) {
      settled.remove(ref);
      applied.remove(ref);
      failures.remove(ref);
    }
  }

  private void work() {
    Iterator<ObjectRef> next = waiting.iterator();
    while (busy.size() < PARALLEL && next.hasNext()) {
      ObjectRef ref = next.next();
      if (!busy.contains(ref)) {
        next.remove();
        begin(ref);
      }
    }
  }

  private void begin(ObjectRef ref) {
    ObservedStatuses.Seen seen = observed.get(ref);
    if (seen == null) {
      forgetTheGone(ref); // it went while a write was on its way; another of its name may come
      return;
    }
    ObjectStatus status = wanted.get(ref);
    StatusPatch patch =
        StatusPatch.of(ref.kind(), status, seen.status(), applied.get(ref), clock.instant());
    if (patch == null) {
      settled.put(ref, new Settled(status, seen));
      return;
    }
    busy.add(ref);
    requests.execute(
        () -> {
          StatusApi.Outcome outcome = apply(ref, seen, patch);
          thread.execute(Tasks.logged(() -> ended(ref, patch, outcome)));
        });
  }

  private StatusApi.Outcome apply(ObjectRef ref, ObservedStatuses.Seen seen, StatusPatch patch) {
    try {
      return api.apply(ref, seen.version(), patch);
    } catch (RuntimeException e) {
      return new StatusApi.Outcome.Failed(String.valueOf(e));
    }
  }

  private void ended(ObjectRef ref, StatusPatch patch, StatusApi.Outcome outcome) {
    busy.remove(ref);
    switch (outcome) {
      case StatusApi.Outcome.Applied() -> {
        failures.remove(ref);
        applied.put(ref, patch.status());
        consider(ref);
      }
      // A watch will tell that an object is gone, which ends this; until then it may be the kind
      // that this server does not know yet.
      case StatusApi.Outcome.Gone(), StatusApi.Outcome.Conflict() -> again(ref, "");
      case StatusApi.Outcome.Failed(String reason) -> again(ref, reason);
    }
    work();
  }

  private void again(ObjectRef ref, String reason) {
    int times = failures.merge(ref, 1, Integer::sum);
    if (times == 1 && !reason.isEmpty()) {
      LOG.warn("the status of {} cannot be written, trying on: {}", ref, reason);
    }
    later(
        () -> {
          waiting.add(ref);
          work();
        },
        FIRST_PAUSE.multipliedBy(1L << Math.min(times - 1, MOST_DOUBLINGS)));
  }
}
