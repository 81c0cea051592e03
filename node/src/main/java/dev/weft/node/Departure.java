package dev.weft.node;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The first step of a node process's end: others take its Gateway addresses while it still serves
 * them. With no control plane to tell, or nobody to take over, the node just ends.
 */
final class Departure {
  /** Of the control plane's answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Until the last client has heard who took over: the second announcement has been made. */
  private static final Duration LINGER = Duration.ofMillis(1_500);

  private final ConfigClient client;
  private final NodeState state;
  private final ScheduledExecutorService config;

  Departure(ConfigClient client, NodeState state, ScheduledExecutorService config) {
    this.client = client;
    this.state = state;
    this.config = config;
  }

  /** Returns when nobody is sent here any more, as far as that can be brought about. */
  void handOver() throws InterruptedException, ExecutionException {
    try {
      boolean handedOver =
          CompletableFuture.supplyAsync(this::leave, config)
              .thenCompose(done -> done)
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (handedOver) {
        config.schedule(() -> {}, LINGER.toMillis(), TimeUnit.MILLISECONDS).get();
      }
    } catch (TimeoutException e) {
      // Its addresses are taken over when its stream has ended.
    }
  }

  /** Whether others have taken over. */
  private CompletableFuture<Boolean> leave() {
    CompletableFuture<Void> over = client.leave();
    CompletableFuture<Void> silent = state.silent();
    return silent.isDone()
        ? CompletableFuture.completedFuture(false)
        : CompletableFuture.anyOf(over, silent)
            .thenApplyAsync(_ -> silent.isDone() && state.othersAnswer(), config);
  }
}
