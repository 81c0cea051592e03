package dev.weft.node;

import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import dev.weft.api.v1.AttachedPod;
import dev.weft.datapath.Ipv4;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Brings what runtimes ask to {@link Pods}, which belong to the attach thread. Its methods may be
 * called from any other.
 */
final class Attaching {
  /** A kubelet gives an ADD two minutes; a control plane that takes longer than this is gone. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** How long an address may stay taken whose pod went while no node process was there. */
  private static final int SWEEP_SECONDS = 60;

  private final Pods pods;
  private final PodRegistry registry;
  private final Executor attach;

  Attaching(Pods pods, PodRegistry registry, Executor attach) {
    this.pods = pods;
    this.registry = registry;
    this.attach = attach;
  }

  /**
   * Takes over the pods of an earlier process.
   *
   * @return their addresses by "namespace/name"
   */
  Map<String, Ipv4> adopt() {
    Map<String, Ipv4> addresses = new HashMap<>();
    for (AttachedPod pod : Threads.join(CompletableFuture.supplyAsync(pods::adopt, attach))) {
      String key = pod.getAdd().getPodNamespace() + "/" + pod.getAdd().getPodName();
      addresses.put(key, Ipv4.of(pod.getAddress().toByteArray()));
    }
    return addresses;
  }

  /**
   * Carries a request out. Waiting for the control plane happens on the caller's thread, so that
   * one unknown pod holds up no other.
   *
   * @throws AttachException what to tell the runtime
   */
  AttachAnswer handle(AttachRequest request) {
    if (request.hasAdd()) {
      AttachRequest.Add add = request.getAdd();
      registry.awaitKnown(add.getPodNamespace(), add.getPodName(), PATIENCE);
    }
    return Threads.join(CompletableFuture.supplyAsync(() -> pods.handle(request), attach));
  }

  /** Looks from time to time for pods that went without a word. */
  void sweep(ScheduledExecutorService clock) {
    clock.scheduleWithFixedDelay(
        () -> attach.execute(pods::sweep), SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
  }
}
