package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.resources.Condition;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KubernetesStatusesTest {
  private final ObservedStatuses observed = new ObservedStatuses();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final Map<ObjectRef, ObjectStatus> wanted = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicLong versions = new AtomicLong(1000);
  private volatile StatusApi server = this::succeed;
  private final KubernetesStatuses statuses =
      new KubernetesStatuses(
          (ref, version, patch) -> server.apply(ref, version, patch),
          observed,
          InstantSource.system(),
          thread,
          Executors.newVirtualThreadPerTaskExecutor());

  @AfterEach
  void stop() {
    thread.shutdownNow();
  }

  @Test
  void eachStatusIsWrittenOnceUntilItChanges() {
    there("a");
    there("b");
    want("a", 1);
    want("b", 1);
    update();
    await().until(() -> requests.size() == 2);

    want("a", 2);
    update();
    await().until(() -> requests.size() == 3);
    assertThat(requests.get(2)).startsWith("a@");
    update();
    barrier();
    assertThat(requests).hasSize(3);
  }

  @Test
  void whatSomebodyElseTakesAwayIsWrittenAgain() {
    there("a");
    want("a", 1);
    update();
    await().until(() -> requests.size() == 1);

    there("a");
    await().until(() -> requests.size() == 2);
  }

  @Test
  void aConflictIsTriedAgainOnTheNewVersion() {
    there("a");
    AtomicInteger tries = new AtomicInteger();
    server =
        (ref, version, patch) -> {
          requests.add(ref.name() + "@" + version);
          if (tries.incrementAndGet() == 1) {
            there("a");
            return new StatusApi.Outcome.Conflict();
          }
          return succeed(ref, version, patch);
        };
    want("a", 1);
    update();

    await().until(() -> requests.size() == 3);
    assertThat(requests.get(1)).isNotEqualTo(requests.get(0));
  }

  @Test
  void failuresAreTriedAgainAndOthersDoNotWait() {
    there("a");
    there("b");
    AtomicInteger tries = new AtomicInteger();
    server =
        (ref, version, patch) ->
            ref.name().equals("a") && tries.incrementAndGet() < 4
                ? new StatusApi.Outcome.Failed("no")
                : succeed(ref, version, patch);
    want("a", 1);
    want("b", 1);
    update();

    await().until(() -> requests.size() == 2);
    assertThat(requests.get(0)).startsWith("b@");
    assertThat(requests.get(1)).startsWith("a@");
  }

  @Test
  void anObjectThatIsGoneIsForgotten() {
    there("a");
    server =
        (ref, version, patch) -> {
          requests.add(ref.name());
          observed.gone(ref);
          return new StatusApi.Outcome.Gone();
        };
    want("a", 1);
    update();
    await().until(() -> requests.size() == 1);
    update();
    barrier();
    assertThat(requests).hasSize(1);
  }

  @Test
  void whatTheServerSaysIsGoneIsTriedMoreAndMoreSeldomUntilAWatchTells() {
    there("a");
    List<Long> times = new CopyOnWriteArrayList<>();
    server =
        (ref, version, patch) -> {
          times.add(System.nanoTime());
          return new StatusApi.Outcome.Gone();
        };
    want("a", 1);
    update();
    await().until(() -> times.size() == 4);
    assertThat(times.get(3) - times.get(2)).isGreaterThanOrEqualTo(200_000_000);

    server = this::succeed;
    observed.gone(ref("a"));
    barrier();
    there("a"); // another of its name
    await().until(() -> requests.size() == 1);
  }

  @Test
  void anotherOfTheNameOfOneThatWentDuringAWriteIsWritten() {
    there("a");
    server =
        (ref, version, patch) -> {
          observed.gone(ref);
          barrier();
          requests.add("gone");
          return new StatusApi.Outcome.Gone();
        };
    want("a", 1);
    update();
    await().until(() -> requests.size() == 1);
    barrier(Duration.ofMillis(100)); // the next try comes after 50 ms

    server = this::succeed;
    there("a");
    await().until(() -> requests.size() == 2);
    assertThat(generation("a")).isEqualTo(1);
  }

  @Test
  void anAnswerThatComesAfterTheEndOfItsObjectIsNotNoted() {
    there("a");
    server =
        (ref, version, patch) -> {
          observed.gone(ref);
          return succeed(ref, version, patch);
        };
    want("a", 1);
    update();
    await().until(() -> requests.size() == 1);
    barrier();

    assertThat(observed.get(ref("a"))).isNull();
    assertThat(requests).hasSize(1);
  }

  @Test
  void ofManyStatusesOfOneObjectTheLastCounts() throws Exception {
    there("a");
    Semaphore gate = new Semaphore(0);
    server =
        (ref, version, patch) -> {
          gate.acquireUninterruptibly();
          return succeed(ref, version, patch);
        };
    for (int generation = 1; generation <= 50; generation++) {
      want("a", generation);
      update();
      barrier();
    }
    gate.release(100);

    await().until(() -> generation("a") == 50);
    assertThat(requests.size()).isBetween(1, 2);
  }

  @Test
  void fewRequestsAreOnTheirWayAtOnce() {
    AtomicInteger busy = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Semaphore gate = new Semaphore(0);
    server =
        (ref, version, patch) -> {
          most.accumulateAndGet(busy.incrementAndGet(), Math::max);
          gate.acquireUninterruptibly();
          busy.decrementAndGet();
          return succeed(ref, version, patch);
        };
    for (int i = 0; i < 100; i++) {
      there("r" + i);
      want("r" + i, 1);
    }
    update();
    await().until(() -> busy.get() == 16);
    gate.release(100);

    await().until(() -> requests.size() == 100);
    assertThat(most.get()).isEqualTo(16);
  }

  private int generation(String name) {
    ObservedStatuses.Seen seen = observed.get(ref(name));
    return seen == null
        ? 0
        : seen.status().at("/parents/0/conditions/0/observedGeneration").asInt();
  }

  private StatusApi.Outcome succeed(ObjectRef ref, String version, StatusPatch patch) {
    requests.add(ref.name() + "@" + version);
    observed.answered(ref, raw(ref, patch.status().deepCopy()));
    return new StatusApi.Outcome.Applied();
  }

  private void there(String name) {
    observed.seen(ref(name), raw(ref(name), Map.of()));
  }

  private GenericKubernetesResource raw(ObjectRef ref, Object status) {
    ObjectMeta meta = new ObjectMeta();
    meta.setName(ref.name());
    meta.setNamespace(ref.namespace());
    meta.setResourceVersion(Long.toString(versions.incrementAndGet()));
    GenericKubernetesResource raw = new GenericKubernetesResource();
    raw.setMetadata(meta);
    raw.setAdditionalProperty("status", status);
    return raw;
  }

  private void want(String name, long generation) {
    wanted.put(
        ref(name),
        new ObjectStatus.OfRoute(
            List.of(
                new ObjectStatus.OfParent(
                    new ObjectStatus.StatusParent(
                        "gateway.networking.k8s.io", "Gateway", null, "edge", null, null),
                    GatewayClass.WEFT_CONTROLLER,
                    List.of(Condition.yes("Accepted", "Accepted", "", generation))))));
  }

  private void update() {
    statuses.update(new HashMap<>(wanted));
  }

  /** Waits until the status thread has looked at everything that was said before. */
  private void barrier() {
    barrier(Duration.ofMillis(15));
  }

  private void barrier(Duration time) {
    try {
      thread.schedule(() -> {}, time.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS).get();
      thread.submit(() -> {}).get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectRef ref(String name) {
    return new ObjectRef(Kind.HTTP_ROUTE, "shop", name);
  }
}
