package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortWatchTest {
  private long now = 1;
  private int count;
  private Set<Integer> listening = Set.of();
  private int listed;

  private final PortWatch.Sockets sockets =
      new PortWatch.Sockets() {
        @Override
        public int count() {
          return count;
        }

        @Override
        public Set<Integer> listening() {
          listed++;
          return listening;
        }
      };

  private PortWatch watch(Integer... ports) {
    return new PortWatch(Set.of(ports), () -> now);
  }

  private void sockets(int all, Integer... open) {
    count = all;
    listening = Set.of(open);
  }

  @Test
  void withoutPortsThereIsNothingToWaitFor() {
    assertThat(watch().isOpen(sockets)).isTrue();
    assertThat(listed).isZero();
  }

  @Test
  void nothingIsListedWhereNoSocketIs() {
    PortWatch watch = watch(80);
    assertThat(watch.isOpen(sockets)).isFalse();
    assertThat(watch.isOpen(sockets)).isFalse();
    assertThat(listed).isZero();
  }

  @Test
  void listsWhenTheNumberOfSocketsHasChanged() {
    PortWatch watch = watch(80, 443);
    sockets(1, 80);
    assertThat(watch.isOpen(sockets)).isFalse();
    assertThat(watch.isOpen(sockets)).isFalse();
    assertThat(listed).isEqualTo(1);
    sockets(2, 80, 443);
    assertThat(watch.isOpen(sockets)).isTrue();
    assertThat(listed).isEqualTo(2);
  }

  @Test
  void aPortThatReplacedAConnectionIsFoundAfterASecond() {
    PortWatch watch = watch(80);
    sockets(1, 9999);
    assertThat(watch.isOpen(sockets)).isFalse();
    sockets(1, 80);
    assertThat(watch.isOpen(sockets)).isFalse();
    now += Duration.ofMillis(1_001).toNanos();
    assertThat(watch.isOpen(sockets)).isTrue();
  }

  @Test
  void connectionsToAnOpenPortCostNoLook() {
    PortWatch watch = watch(80);
    sockets(1, 80);
    assertThat(watch.isOpen(sockets)).isTrue();
    sockets(7, 80);
    assertThat(watch.isOpen(sockets)).isTrue();
    assertThat(listed).isEqualTo(1);
  }

  @Test
  void noticesThatAPortWasClosed() {
    PortWatch watch = watch(80);
    sockets(2, 80);
    assertThat(watch.isOpen(sockets)).isTrue();
    sockets(0);
    assertThat(watch.isOpen(sockets)).isFalse();

    sockets(2, 80);
    assertThat(watch.isOpen(sockets)).isTrue();
    sockets(1);
    now += Duration.ofSeconds(11).toNanos();
    assertThat(watch.isOpen(sockets)).isFalse();
  }

  @Test
  void aRestartedProgramIsLookedAtAgain() {
    PortWatch watch = watch(80);
    sockets(1, 80);
    assertThat(watch.isOpen(sockets)).isTrue();
    watch.reset();
    sockets(1);
    assertThat(watch.isOpen(sockets)).isFalse();
  }
}
