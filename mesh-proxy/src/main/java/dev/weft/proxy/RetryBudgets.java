package dev.weft.proxy;

import dev.weft.routing.RetryBudget;
import dev.weft.routing.ServiceKey;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps retries from making an overload worse (GEP-3388): of one event loop's requests to a Service
 * only a share may be retries, plus a few that are always allowed, of which each loop has its part.
 * Owned by one event loop.
 */
final class RetryBudgets {
  private final int loops;
  private final Map<ServiceKey, Account> accounts = new HashMap<>();

  /** What one Service was sent lately. */
  private static final class Account {
    private final long interval;
    private final SlidingCount requests;
    private final SlidingCount retries;
    private int free;
    private long freeSince;
    private boolean opened;

    private Account(RetryBudget budget) {
      this.interval = budget.intervalNanos();
      this.requests = new SlidingCount(interval);
      this.retries = new SlidingCount(interval);
    }
  }

  /**
   * Empty accounts.
   *
   * @param loops how many loops share what is always allowed
   */
  RetryBudgets(int loops) {
    this.loops = loops;
  }

  /**
   * A request to the Service begins, which may be retried.
   *
   * @param now monotonic nanoseconds
   */
  void begin(ServiceKey service, RetryBudget budget, long now) {
    account(service, budget).requests.add(now);
  }

  /**
   * Asks for a retry of a request that has begun.
   *
   * @param now monotonic nanoseconds
   */
  boolean grant(ServiceKey service, RetryBudget budget, long now) {
    Account account = account(service, budget);
    if (!account.opened || now - account.freeSince >= budget.minIntervalNanos()) {
      account.opened = true;
      account.freeSince = now;
      account.free = Math.ceilDiv(budget.min(), loops);
    }
    long retries = account.retries.sum(now) + 1L;
    boolean shared = retries * 100 <= (account.requests.sum(now) + retries) * budget.percent();
    if (!shared && account.free <= 0) {
      return false;
    }
    if (!shared) {
      account.free--;
    }
    account.retries.add(now);
    return true;
  }

  /** Forgets Services without requests. */
  void expire(long now) {
    accounts
        .values()
        .removeIf(account -> account.requests.sum(now) == 0 && account.retries.sum(now) == 0);
  }

  private Account account(ServiceKey service, RetryBudget budget) {
    Account account = accounts.get(service);
    if (account == null || account.interval != budget.intervalNanos()) {
      account = new Account(budget);
      accounts.put(service, account);
    }
    return account;
  }
}
