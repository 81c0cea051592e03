package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.routing.RetryBudget;
import dev.weft.routing.ServiceKey;
import org.junit.jupiter.api.Test;

class RetryBudgetsTest {
  private static final ServiceKey WEB = new ServiceKey("default", "web", 80);
  private static final long SECOND = 1_000_000_000L;

  private RetryBudgets budgets = new RetryBudgets(1);

  private int granted(RetryBudget budget, long now, int asked) {
    int granted = 0;
    for (int i = 0; i < asked; i++) {
      granted += budgets.grant(WEB, budget, now) ? 1 : 0;
    }
    return granted;
  }

  @Test
  void grantsAShareOfActiveRequests() {
    for (int i = 0; i < 100; i++) {
      budgets.begin(WEB);
    }
    assertThat(granted(new RetryBudget(20, 0), SECOND, 50)).isEqualTo(20);
    for (int i = 0; i < 20; i++) {
      budgets.end(WEB, 1);
    }
    assertThat(granted(new RetryBudget(20, 0), SECOND, 50)).isEqualTo(16);
  }

  @Test
  void alwaysGrantsAFewASecond() {
    budgets.begin(WEB);
    RetryBudget budget = new RetryBudget(20, 10);
    assertThat(granted(budget, SECOND, 50)).isEqualTo(10);
    assertThat(granted(budget, SECOND + SECOND / 2, 50)).isZero();
    assertThat(granted(budget, 2 * SECOND, 50)).isEqualTo(10);
  }

  @Test
  void givesEachLoopItsPart() {
    budgets = new RetryBudgets(4);
    budgets.begin(WEB);
    assertThat(granted(new RetryBudget(20, 10), SECOND, 50)).isEqualTo(3);
  }
}
