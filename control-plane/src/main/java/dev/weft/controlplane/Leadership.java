package dev.weft.controlplane;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica's place in the election of the one that serves, by a Lease. Times are such that a
 * leader that cannot renew knows it before anybody else may lead: {@code DEADLINE} plus one attempt
 * is less than {@code LEASE}. A leader that stops gives the lease back, so the next one need not
 * wait.
 */
final class Leadership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  static final String LEASE_NAME = "weft-control-plane";

  /**
   * Nodes work on without a leader, so one that crashed is not missed for long; one that gives up
   * because the API server is slow costs a start and a list of everything.
   */
  private static final Duration LEASE = Duration.ofSeconds(30);

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final Duration PERIOD = Duration.ofSeconds(2);

  /** Of one question to the API server. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final CompletableFuture<Void> leading = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CompletableFuture<?> election;

  /**
   * Begins to run for it.
   *
   * @param client of its own, with {@link #PATIENCE} and no retries: what takes longer than that is
   *     a failure here
   * @param replica different for every process
   */
  Leadership(KubernetesClient client, String namespace, String replica) {
    election =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName(LEASE_NAME)
                    .withLock(new LeaseLock(namespace, LEASE_NAME, replica))
                    .withLeaseDuration(LEASE)
                    .withRenewDeadline(DEADLINE)
                    .withRetryPeriod(PERIOD)
                    .withReleaseOnCancel(true)
                    .withLeaderCallbacks(
                        new LeaderCallbacks(
                            () -> leading.complete(null),
                            () -> ended.complete(null),
                            leader -> LOG.info("{} leads", leader)))
                    .build())
            .build()
            .start();
    election.whenComplete((none, problem) -> ended.complete(null));
  }

  /** Completes when this replica leads. */
  CompletableFuture<Void> leading() {
    return leading;
  }

  /** Completes when it leads no more, or runs no more. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** Gives the lease back. */
  @Override
  public void close() {
    election.cancel(true);
    try {
      ended.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
      LOG.warn("the lease could not be given back; it runs out in {} s", LEASE.toSeconds());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
