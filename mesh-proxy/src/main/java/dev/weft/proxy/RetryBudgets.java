package dev.weft.proxy;

import dev.weft.routing.RetryBudget;
import dev.weft.routing.ServiceKey;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps retries from making an overload worse (GEP-3388): of one event loop's requests to a Service
 * only a share may be retries, plus a few a second that are always allowed, of which each loop has
 * its part. Owned by one event loop.
 */
final class RetryBudgets {
  private static final long SECOND = 1_000_000_000L;

  private final int loops;
  private final Map<ServiceKey, Account> accounts = new HashMap<>();

  private static final class Account {
    private int active;
    private int retries;
    private int free;
    private long second;
  }

  /**
   * Empty accounts.
   *
   * @param loops how many loops share what is always allowed
   */
  RetryBudgets(int loops) {
    this.loops = loops;
  }

  /** A request to the Service begins; {@link #end} follows. */
  void begin(ServiceKey service) {
    account(service).active++;
  }

  /** A request is over, with the retries it was granted. */
  void end(ServiceKey service, int retries) {
    Account account = account(service);
    account.active--;
    account.retries -= retries;
  }

  /**
   * Asks for a retry of a request that has begun.
   *
   * @param now monotonic nanoseconds
   */
  boolean grant(ServiceKey service, RetryBudget budget, long now) {
    Account account = account(service);
    if (now - account.second >= SECOND) {
      account.second = now;
      account.free = Math.ceilDiv(budget.minPerSecond(), loops);
    }
    boolean shared = (account.retries + 1) * 100L <= (long) account.active * budget.percent();
    if (!shared && account.free <= 0) {
      return false;
    }
    if (!shared) {
      account.free--;
    }
    account.retries++;
    return true;
  }

  /** Forgets Services without requests. */
  void expire(long now) {
    accounts.values().removeIf(account -> account.active == 0 && now - account.second > SECOND);
  }

  private Account account(ServiceKey service) {
    return accounts.computeIfAbsent(service, _ -> new Account());
  }
}
