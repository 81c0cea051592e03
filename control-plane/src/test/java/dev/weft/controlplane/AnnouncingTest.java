package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AnnouncingTest {
  private final Clock clock = new Clock();
  private final MeshStore store = new MeshStore();
  private int told;
  private final Announcing announcing =
      new Announcing(
          store,
          clock,
          names -> {
            assertThat(names).containsOnlyKeys("away");
            told++;
          });

  private List<String> away() {
    return Objects.requireNonNull(store.get("away")).getAway().getNodesList();
  }

  private List<String> leaving() {
    return Objects.requireNonNull(store.get("away")).getAway().getLeavingList();
  }

  private void connect(String node) {
    announcing.greeted(Hello.newBuilder().setNode(node).build());
    announcing.answered(node);
  }

  private void begin(String... nodes) {
    assertThat(announcing.members(Set.of(nodes))).isEmpty();
    List.of(nodes).forEach(this::connect);
  }

  @Test
  void saysNothingBeforeAllWereHeard() {
    announcing.members(Set.of("a", "b"));
    connect("a");
    assertThat(store.get("away")).isNull();
    connect("b");
    assertThat(away()).isEmpty();
    assertThat(told).isEqualTo(1);
  }

  @Test
  void orUntilTheyHadTimeToCome() {
    announcing.members(Set.of("a", "b"));
    connect("a");
    clock.pass(Duration.ofSeconds(9));
    assertThat(store.get("away")).isNull();
    clock.pass(Duration.ofSeconds(1));
    assertThat(away()).containsExactly("b");
    connect("b");
    assertThat(away()).isEmpty();
  }

  @Test
  void aDeadNodeIsAwayAndComesBack() {
    begin("a", "b", "c");
    announcing.gone("c");
    clock.pass(Duration.ofMillis(1_900));
    assertThat(told).isEqualTo(1);
    clock.pass(Duration.ofMillis(100));
    assertThat(away()).containsExactly("c");
    assertThat(told).isEqualTo(2);

    connect("c");
    clock.pass(Duration.ofSeconds(9));
    assertThat(told).isEqualTo(2);
    clock.pass(Duration.ofSeconds(1));
    assertThat(away()).isEmpty();
    assertThat(told).isEqualTo(3);
  }

  @Test
  void twoThatDieInTurnAreAwayInTurn() {
    begin("a", "b", "c", "d");
    announcing.gone("c");
    clock.pass(Duration.ofSeconds(1));
    announcing.gone("d");
    clock.pass(Duration.ofSeconds(1));
    assertThat(away()).containsExactly("c");
    clock.pass(Duration.ofSeconds(1));
    assertThat(away()).containsExactly("c", "d");
  }

  @Test
  void answersAndBlipsTellNobodyAnything() {
    begin("a", "b");
    for (int i = 0; i < 10; i++) {
      announcing.answered("a");
      announcing.gone("b");
      clock.pass(Duration.ofSeconds(1));
      connect("b");
    }
    clock.pass(Duration.ofHours(1));
    assertThat(clock.waiting()).isZero();
    assertThat(told).isEqualTo(1);
  }

  @Test
  void aNodeThatLeavesIsAwayBeforeItEnds() {
    begin("a", "b");
    announcing.leaving("b");
    assertThat(away()).containsExactly("b");
    assertThat(leaving()).as("it still serves what it has").containsExactly("b");
    announcing.gone("b");
    assertThat(away()).containsExactly("b");
    assertThat(leaving()).isEmpty();
    connect("b");
    assertThat(away()).isEmpty();
    assertThat(told).isEqualTo(4);
  }

  /** The store holds what the first node remembers before anything is sent to that node. */
  @Test
  void aNewControlPlaneGoesOnWithWhatNodesRemember() {
    begin("a", "b", "c");
    announcing.leaving("c");
    announcing.gone("c");
    Resource before = Objects.requireNonNull(store.get("away"));

    AnnouncingTest next = new AnnouncingTest();
    next.announcing.members(Set.of("a", "b", "c"));
    Hello memory =
        Hello.newBuilder()
            .setNode("a")
            .putAllHeld(Map.of("away", before.getVersion()))
            .addAway("c")
            .build();
    next.announcing.greeted(memory);
    assertThat(next.store.get("away")).isEqualTo(before);
    next.announcing.greeted(memory.toBuilder().setNode("b").clearAway().build());
    assertThat(next.away()).as("the first one's word counts").containsExactly("c");
    next.announcing.answered("b");
    next.clock.pass(Duration.ofSeconds(30));
    next.connect("c");
    assertThat(next.away()).isEmpty();
  }

  @Test
  void aNewNodeIsAwayUntilItIsThere() {
    begin("a", "b");
    assertThat(announcing.members(Set.of("a", "b", "c"))).containsOnlyKeys("away");
    assertThat(away()).containsExactly("c");
    assertThat(announcing.members(Set.of("a", "b"))).containsOnlyKeys("away");
    assertThat(away()).isEmpty();
    assertThat(told).as("the caller tells of these").isEqualTo(1);
  }

  /** Time that passes when told to. */
  private static final class Clock implements Announcing.Timer {
    private record Task(long due, Runnable work) {}

    private final List<Task> tasks = new ArrayList<>();
    private long now = 1;

    @Override
    public long now() {
      return now;
    }

    @Override
    public void after(Duration wait, Runnable work) {
      tasks.add(new Task(now + wait.toNanos(), work));
    }

    int waiting() {
      return tasks.size();
    }

    void pass(Duration time) {
      long end = now + time.toNanos();
      while (true) {
        Task next = tasks.stream().min(Comparator.comparingLong(Task::due)).orElse(null);
        if (next == null || next.due() > end) {
          break;
        }
        tasks.remove(next);
        now = next.due();
        next.work().run();
      }
      now = end;
    }
  }
}
