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
 * leader that cannot renew knows it before anybody else may lead: {@code deadline} plus one attempt
 * is less than {@code lease}. A leader that stops gives the lease back, so the next one need not
 * wait.
 */
final class Leadership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  static final String LEASE_NAME = "weft-control-plane";

  /**
   * How long things may take.
   *
   * @param lease after its last renewal nobody else may lead
   * @param deadline without a renewal, and a leader gives up
   * @param period between renewals, and between looks of those who wait
   */
  record Times(Duration lease, Duration deadline, Duration period) {
    /**
     * Nodes work on without a leader, so one that crashed is not missed for long; one that gives up
     * because the API server is slow costs a start and a list of everything.
     */
    static final Times DEFAULT =
        new Times(Duration.ofSeconds(30), Duration.ofSeconds(20), Duration.ofSeconds(2));
  }

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
  Leadership(KubernetesClient client, String namespace, String replica, Times times) {
    election =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName(LEASE_NAME)
                    .withLock(new LeaseLock(namespace, LEASE_NAME, replica))
                    .withLeaseDuration(times.lease())
                    .withRenewDeadline(times.deadline())
                    .withRetryPeriod(times.period())
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
      LOG.warn("the lease could not be given back; it runs out by itself");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
