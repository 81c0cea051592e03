package dev.weft.cli.lab;

import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Runs the pods of all nodes, each on a virtual thread of its own ({@link PodWorker}). Confined to
 * the lab's thread; news of the pods come through the listener, on the pods' threads.
 */
final class Kubelet {
  /** What is heard of pods. Called on the pods' threads. */
  interface Listener {
    /** The pod has another phase, address or readiness. */
    void changed(ObjectRef pod, Pod.Status status);

    /** Nothing is left of the pod. */
    void gone(ObjectRef pod);

    /** Something that a user wants to read. */
    void event(ObjectRef pod, String text);
  }

  /** What pods are made with. */
  record Tools(
      Ip ip, LabPaths paths, Processes processes, Map<String, AttachClient> nodes, Duration drain) {
    Tools {
      nodes = Map.copyOf(nodes);
    }
  }

  private final Tools tools;
  private final Listener listener;
  private final Map<ObjectRef, PodWorker> workers = new HashMap<>();

  Kubelet(Tools tools, Listener listener) {
    this.tools = tools;
    this.listener = listener;
  }

  /** Starts a pod that is bound to a node. */
  void start(Pod pod, String hosts) {
    PodWorker worker = new PodWorker(pod, tools, listener);
    workers.put(pod.ref(), worker);
    worker.hosts(hosts);
    worker.start();
  }

  /** Ends a pod: waits until nobody sends it anything new, then SIGTERM, then SIGKILL. */
  void stop(ObjectRef ref) {
    PodWorker worker = workers.get(ref);
    if (worker != null) {
      worker.stop(true);
    }
  }

  /** Replaces the hosts file of a pod. */
  void hosts(ObjectRef ref, String text) {
    PodWorker worker = workers.get(ref);
    if (worker != null) {
      worker.hosts(text);
    }
  }

  /** Forgets a pod after {@link Listener#gone}. */
  void forget(ObjectRef ref) {
    workers.remove(ref);
  }

  /** Ends all pods at once, without waiting for anybody to notice; complete when they are gone. */
  List<CompletableFuture<Void>> stopAll() {
    return workers.values().stream().map(worker -> worker.stop(false)).toList();
  }
}
