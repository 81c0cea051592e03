package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.routing.RetryBudget;
import dev.weft.routing.ServiceKey;
import org.junit.jupiter.api.Test;

class RetryBudgetsTest {
  private static final ServiceKey WEB = new ServiceKey("default", "web", 80);
  private static final long SECOND = 1_000_000_000L;

  private RetryBudgets budgets = new RetryBudgets(1);

  private static RetryBudget budget(int percent, int min) {
    return new RetryBudget(percent, 10 * SECOND, min, SECOND, true);
  }

  private int granted(RetryBudget budget, long now, int asked) {
    int granted = 0;
    for (int i = 0; i < asked; i++) {
      granted += budgets.grant(WEB, budget, now) ? 1 : 0;
    }
    return granted;
  }

  private void begin(RetryBudget budget, long now, int requests) {
    for (int i = 0; i < requests; i++) {
      budgets.begin(WEB, budget, now);
    }
  }

  @Test
  void aShareOfAllRequestsMayBeRetries() {
    RetryBudget budget = budget(20, 0);
    begin(budget, SECOND, 100);
    assertThat(granted(budget, 2 * SECOND, 50)).isEqualTo(25); // 25 of 125
    begin(budget, 3 * SECOND, 40);
    assertThat(granted(budget, 4 * SECOND, 50)).isEqualTo(10);
  }

  @Test
  void onlyTheLastIntervalCounts() {
    RetryBudget budget = budget(50, 0);
    begin(budget, SECOND, 100);
    assertThat(granted(budget, 9 * SECOND, 10)).isEqualTo(10);
    assertThat(granted(budget, 12 * SECOND, 10)).isZero();
    begin(budget, 12 * SECOND, 100);
    assertThat(granted(budget, 12 * SECOND, 200)).isEqualTo(90); // and the 10 of three seconds ago
    budgets.expire(40 * SECOND);
    assertThat(granted(budget, 40 * SECOND, 1)).isZero();
  }

  @Test
  void alwaysGrantsAFewInEachInterval() {
    RetryBudget budget = budget(0, 10);
    begin(budget, SECOND, 1);
    assertThat(granted(budget, SECOND, 50)).isEqualTo(10);
    assertThat(granted(budget, SECOND + SECOND / 2, 50)).isZero();
    assertThat(granted(budget, 2 * SECOND, 50)).isEqualTo(10);
  }

  @Test
  void countsBeforeTheClockReachesZero() {
    RetryBudget budget = budget(50, 0);
    begin(budget, -SECOND, 10);
    assertThat(granted(budget, SECOND, 20)).isEqualTo(10);
  }

  @Test
  void takesANewIntervalAtOnce() {
    begin(budget(50, 0), SECOND, 100);
    RetryBudget shorter = new RetryBudget(50, SECOND, 0, SECOND, true);
    assertThat(granted(shorter, SECOND, 10)).isZero();
  }

  @Test
  void givesEachLoopItsPart() {
    budgets = new RetryBudgets(4);
    begin(budget(0, 10), SECOND, 1);
    assertThat(granted(budget(0, 10), SECOND, 50)).isEqualTo(3);
  }
}
