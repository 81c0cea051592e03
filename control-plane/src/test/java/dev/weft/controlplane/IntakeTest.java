package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.resources.ConfigMap;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IntakeTest {
  private static final Intake.Timing TIMING =
      new Intake.Timing(Duration.ofMillis(2), Duration.ofMillis(20), Duration.ofMillis(5));

  private final Inbox inbox = new Inbox();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<View> views = new CopyOnWriteArrayList<>();
  private final AtomicBoolean broken = new AtomicBoolean();
  private final AtomicInteger failures = new AtomicInteger();
  private final Intake intake = new Intake(inbox, TIMING, this::take, closed);

  private void take(View view) {
    if (broken.get()) {
      failures.incrementAndGet();
      throw new IllegalStateException("broken");
    }
    views.add(view);
  }

  private Thread follow() {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                intake.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void put(String name, String value) {
    inbox.put(
        ref(name),
        new Change.Present(
            new ConfigMap(ObjectMeta.of("shop", name), Map.of("k", value), false, Map.of())));
  }

  private static ObjectRef ref(String name) {
    return new ObjectRef(Kind.CONFIG_MAP, "shop", name);
  }

  private String value(String name) {
    ConfigMap map = views.getLast().snapshot().get(ConfigMap.class, "shop", name);
    return Objects.requireNonNull(Objects.requireNonNull(map).data().get("k"));
  }

  @AfterEach
  void close() {
    closed.countDown();
    inbox.close();
  }

  @Test
  void whatCouldNotBeTakenIsTakenLater() {
    broken.set(true);
    follow();
    put("a", "1");
    await().until(() -> failures.get() >= 2);

    broken.set(false);
    await().until(() -> views.size() == 1);
    assertThat(value("a")).isEqualTo("1");
  }

  @Test
  void anObjectThatChangedMeanwhileIsTakenAsItIsNow() {
    put("a", "1");
    put("b", "1");
    put("c", "1");
    Map<ObjectRef, Change> old = inbox.drain();
    put("a", "2");
    inbox.put(ref("b"), new Change.Gone());
    inbox.putBack(old);
    intake.first();

    assertThat(value("a")).isEqualTo("2");
    assertThat(views.getLast().snapshot().get(ConfigMap.class, "shop", "b")).isNull();
    assertThat(value("c")).isEqualTo("1");
  }

  @Test
  void closingEndsItWhileItWaitsToTryAgain() throws Exception {
    Semaphore failed = new Semaphore(0);
    Intake.Timing hours =
        new Intake.Timing(Duration.ofMillis(2), Duration.ofMillis(20), Duration.ofHours(1));
    Intake slow =
        new Intake(
            inbox,
            hours,
            view -> {
              failed.release();
              throw new IllegalStateException("broken");
            },
            closed);
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    slow.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    put("a", "1");
    failed.acquire();
    closed.countDown();
    inbox.close();

    assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
  }
}
