package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.DatapathState.Backend;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaglevTest {
  private static List<Backend> backends(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Backend(new Ipv4(0x0af40105 + i), 8080))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 11, 100})
  void sharesDifferByAtMostASlot(int count) {
    List<Backend> table = Maglev.table(backends(count));
    assertThat(table).hasSize(Maglev.slots(count)).doesNotContainNull();
    Map<Backend, Long> shares =
        table.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    long even = table.size() / count;
    assertThat(shares).hasSize(count);
    assertThat(shares.values()).allSatisfy(share -> assertThat(share).isBetween(even, even + 1));
  }

  @Test
  void losingOneOfTenMovesFewOfTheOthers() {
    List<Backend> all = backends(10);
    List<Backend> before = Maglev.table(all);
    List<Backend> after = Maglev.table(all.subList(0, 9));
    long moved =
        IntStream.range(0, before.size())
            .filter(slot -> !before.get(slot).equals(all.get(9)))
            .filter(slot -> !before.get(slot).equals(after.get(slot)))
            .count();
    // The paper sees 2 % at a hundred slots a backend; a plain modulo would move 90 %.
    assertThat(moved).isLessThan(before.size() / 10);
  }

  @Test
  void sharesFollowWeights() {
    List<Backend> backends =
        List.of(
            new Backend(new Ipv4(1), 80, 90), new Backend(new Ipv4(2), 80, 9), Backend.nowhere(1));
    List<Backend> table = Maglev.table(backends);
    Map<Backend, Long> shares =
        table.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    for (Backend backend : backends) {
      assertThat(shares.getOrDefault(backend, 0L).doubleValue())
          .isCloseTo(
              table.size() * backend.weight() / 100.0, org.assertj.core.data.Offset.offset(2.0));
    }
  }

  @Test
  void noBackendsNoTable() {
    assertThat(Maglev.slots(0)).isZero();
  }
}
