package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Moments are seconds, from a clock that is about to overflow. */
class AttendanceTest {
  private static final long START = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

  private static long at(double seconds) {
    return START + (long) (seconds * 1e9);
  }

  private static Attendance present(String... nodes) {
    Attendance all = Attendance.NOBODY;
    for (String node : nodes) {
      all = all.greeted(node).answered(node, at(0));
    }
    return all;
  }

  @Test
  void aNodeCountsWhenItHasAnswered() {
    Attendance greeted = Attendance.NOBODY.greeted("a");
    assertThat(greeted.able()).isEmpty();
    assertThat(greeted.answered("a", at(0)).able()).containsExactly("a");
  }

  @Test
  void answersChangeNothingAtANodeThatIsThere() {
    Attendance two = present("a", "b");
    assertThat(two.answered("a", at(7))).isSameAs(two);
    assertThat(two.greeted("a")).isSameAs(two);
    assertThat(two.due()).isEmpty();
  }

  @Test
  void aBrokenStreamIsNoDeadNode() {
    Attendance blip = present("a", "b").gone("b", at(1));
    assertThat(blip.due()).hasValue(at(3));
    assertThat(blip.at(at(2.9)).able()).containsExactlyInAnyOrder("a", "b");
    Attendance back = blip.greeted("b");
    assertThat(back.at(at(100)).able()).containsExactlyInAnyOrder("a", "b");
    assertThat(back.due()).isEmpty();
  }

  @Test
  void aNodeThatStaysAwayIsGivenUp() {
    Attendance lost = present("a", "b").gone("b", at(1)).at(at(3));
    assertThat(lost.able()).containsExactly("a");
    assertThat(lost.due()).isEmpty();
  }

  @Test
  void aNodeThatWasLostHasToStayBeforeItCounts() {
    Attendance back =
        present("a", "b").gone("b", at(1)).at(at(3)).greeted("b").answered("b", at(5));
    assertThat(back.able()).containsExactly("a");
    assertThat(back.due()).hasValue(at(15));
    assertThat(back.at(at(14)).able()).containsExactly("a");
    assertThat(back.at(at(15)).able()).containsExactlyInAnyOrder("a", "b");

    Attendance again = back.gone("b", at(9));
    assertThat(again.at(at(100)).able()).as("it crashed again").containsExactly("a");
    assertThat(again.answered("b", at(20)).due()).as("and starts over").hasValue(at(30));
  }

  @Test
  void aNodeThatLeavesIsAwayAtOnceAndItsNextProcessCountsAtOnce() {
    Attendance leaving = present("a", "b").leaving("b");
    assertThat(leaving.able()).containsExactly("a");
    assertThat(leaving.leaving()).containsExactly("b");
    assertThat(leaving.gone("b", at(2)).leaving()).isEmpty();
    assertThat(leaving.answered("b", at(1)).able()).as("it goes on answering").containsExactly("a");
    Attendance next = leaving.gone("b", at(2)).greeted("b").answered("b", at(4));
    assertThat(next.able()).containsExactlyInAnyOrder("a", "b");
    assertThat(leaving.greeted("b").answered("b", at(4)).able())
        .as("whichever is heard first")
        .containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void theLastOneMayLeave() {
    assertThat(present("a").leaving("a").able()).isEmpty();
  }

  @Test
  void theLastOneIsNotGivenUpBecauseNobodyTakesOver() {
    Attendance alone = present("a").gone("a", at(1));
    assertThat(alone.due()).isEmpty();
    assertThat(alone.at(at(1_000)).able()).containsExactly("a");
    Attendance leftBehind = present("a", "b").leaving("b").gone("a", at(1));
    assertThat(leftBehind.at(at(1_000)).able()).containsExactly("a");
  }

  /** Three of four streams break at once and come back one at a time. */
  @Test
  void whereMostAreMissingAllAreGivenTime() {
    Attendance one = present("a", "b", "c", "d").gone("b", at(1)).gone("c", at(1)).gone("d", at(1));
    assertThat(one.due()).hasValue(at(61));
    Attendance most = one.at(at(4)).greeted("b").at(at(5)).greeted("c").at(at(30));
    assertThat(most.able()).containsExactlyInAnyOrder("a", "b", "c", "d");
    assertThat(most.at(at(61)).able()).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void halfOfThemMayDieAtOnce() {
    Attendance half = present("a", "b", "c", "d").gone("c", at(1)).gone("d", at(1));
    assertThat(half.at(at(3)).able()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void whatIsRememberedCountsUntilEverybodyHadTimeToComeBack() {
    Attendance begun = Attendance.NOBODY.remembering(Set.of("a", "b"), at(0));
    assertThat(begun.able()).containsExactlyInAnyOrder("a", "b");
    Attendance a = begun.greeted("a").answered("a", at(1)).answered("c", at(1));
    assertThat(a.at(at(59)).able()).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(a.at(at(60)).able()).containsExactlyInAnyOrder("a", "c");
    assertThat(present("a").remembering(Set.of("a"), at(1)).due()).isEmpty();
  }

  @Test
  void aNodeThatIsNoMoreIsForgotten() {
    Attendance gone = present("a", "b", "c").gone("b", at(1)).gone("c", at(1)).at(at(3));
    assertThat(gone.within(Set.of("a")).nodes()).containsOnlyKeys("a");
    assertThat(gone.within(Set.of("b", "c"))).isSameAs(gone);
  }
}
