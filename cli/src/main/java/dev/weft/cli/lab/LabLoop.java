package dev.weft.cli.lab;

import dev.weft.resources.Deployment;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import dev.weft.resources.Refusal;
import dev.weft.resources.Service;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The lab's thread: everything the API server, the scheduler and the kubelet know is confined to
 * it. Each change is followed by one round of reconciliation.
 */
final class LabLoop implements Kubelet.Listener {
  /** How long an emptied file may stay empty before it counts as emptied on purpose. */
  private static final long SUSPICION_MS = 200;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("lab").daemon().factory());
  private final ManifestFolder folder;
  private final ApiServer api;
  private final Scheduler scheduler;
  private final Kubelet kubelet;
  private final InstantSource clock;
  private final LabListener listener;

  /** The lab ends: what is gone stays gone. Confined to the lab's thread. */
  private boolean stopping;

  /** What a loop is made of. */
  record Parts(ManifestFolder folder, ApiServer api, Scheduler scheduler) {}

  LabLoop(Parts parts, Kubelet.Tools tools, InstantSource clock, LabListener listener) {
    this.folder = parts.folder();
    this.api = parts.api();
    this.scheduler = parts.scheduler();
    this.kubelet = new Kubelet(tools, this);
    this.clock = clock;
    this.listener = listener;
  }

  /** Runs something on the lab's thread and waits for it. */
  <T> T ask(Supplier<T> question) {
    try {
      return CompletableFuture.supplyAsync(question, thread).join();
    } catch (RejectedExecutionException e) {
      throw new LabException("the lab has ended", e);
    }
  }

  /** Reads the folder for the first time; empty when it was taken. */
  List<Refusal> begin(List<? extends KubeObject> own) {
    return ask(
        () -> {
          List<Refusal> refusals = api.take(folder.read());
          if (refusals.isEmpty()) {
            own.forEach(api::put);
          }
          return refusals;
        });
  }

  dev.weft.resources.Snapshot snapshot() {
    return api.snapshot();
  }

  /** Starts pods, and from now on follows every change. */
  void reconcileSoon() {
    post(this::reconcile);
  }

  /** The folder may have changed. */
  void folderChanged() {
    post(() -> reload(true));
  }

  private void reload(boolean patient) {
    ManifestFolder.Content content = folder.read();
    if (patient && !content.suspicious().isEmpty()) {
      thread.schedule(() -> guarded(() -> reload(false)), SUSPICION_MS, TimeUnit.MILLISECONDS);
      return;
    }
    List<Refusal> refusals = api.take(content);
    if (!refusals.isEmpty()) {
      listener.refused(refusals);
    } else {
      listener.taken(content.objects().size());
      reconcile();
    }
  }

  private void reconcile() {
    if (stopping) {
      return;
    }
    List<Pod> pods = pods();
    Scheduler.Plan plan =
        scheduler.plan(api.snapshot().all(Deployment.class).toList(), api.barePods(), pods);
    for (ObjectRef ref : plan.delete()) {
      if (api.snapshot().get(ref) instanceof Pod pod) {
        api.put(pod.withMetadata(pod.metadata().withDeletionTimestamp(clock.instant())));
      }
    }
    for (Pod pod : plan.create()) {
      Pod created = (Pod) api.put(pod);
      kubelet.start(created, hosts(created));
    }
    api.endpoints(Slices.of(services(), pods()));
    // Only now: whoever balances over the endpoints must be able to learn first that a pod leaves.
    plan.delete().forEach(kubelet::stop);
    for (Pod pod : pods()) {
      kubelet.hosts(pod.ref(), hosts(pod));
    }
  }

  private String hosts(Pod pod) {
    return HostsFile.of(pod, services(), pods());
  }

  private List<Pod> pods() {
    return api.snapshot().all(Pod.class).toList();
  }

  private List<Service> services() {
    return api.snapshot().all(Service.class).toList();
  }

  @Override
  public void changed(ObjectRef ref, Pod.Status status) {
    post(
        () -> {
          if (api.snapshot().get(ref) instanceof Pod pod) {
            api.put(pod.withStatus(status));
            reconcile();
          }
        });
  }

  @Override
  public void gone(ObjectRef ref) {
    post(
        () -> {
          kubelet.forget(ref);
          api.remove(ref);
          reconcile();
        });
  }

  @Override
  public void event(ObjectRef pod, String text) {
    listener.event(pod + ": " + text);
  }

  private void post(Runnable task) {
    if (!thread.isShutdown()) {
      thread.execute(() -> guarded(task));
    }
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (LabException e) {
      listener.event(String.valueOf(e.getMessage()));
    }
  }

  /** Ends all pods, then the thread. */
  void stop() {
    List<CompletableFuture<Void>> ends =
        ask(
            () -> {
              stopping = true;
              return kubelet.stopAll();
            });
    ends.forEach(CompletableFuture::join);
    thread.shutdownNow();
  }
}
