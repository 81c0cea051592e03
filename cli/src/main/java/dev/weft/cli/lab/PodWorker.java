package dev.weft.cli.lab;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import dev.weft.resources.PodSpec;
import dev.weft.resources.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One pod from its network namespace to its end. Everything happens on the worker's own virtual
 * thread; other threads only put signals into its queue.
 */
final class PodWorker {
  private static final String INTERFACE = "eth0";
  private static final long STARTING_POLL_MS = 15;
  private static final long RUNNING_POLL_MS = 250;
  private static final long ATTACH_RETRY_MS = 50;

  private enum Signal {
    LOOK,
    STOP,
    STOP_NOW
  }

  private final Pod pod;
  private final Kubelet.Tools tools;
  private final Kubelet.Listener listener;
  private final String namespace;
  private final PodFiles files;
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /** Set when the whole lab ends: whatever does not work then is nobody's news. */
  private volatile boolean quiet;

  PodWorker(Pod pod, Kubelet.Tools tools, Kubelet.Listener listener) {
    this.pod = pod;
    this.tools = tools;
    this.listener = listener;
    this.namespace = namespace(pod.ref());
    this.files = new PodFiles(namespace);
  }

  /** The network namespace of a pod. */
  static String namespace(ObjectRef pod) {
    return Underlay.POD_PREFIX + pod.namespace() + "-" + pod.name();
  }

  void start() {
    Thread.ofVirtual().name("pod-" + pod.metadata().name()).start(this::run);
  }

  /** Ends the pod; with drain, after the time that others need to notice. */
  CompletableFuture<Void> stop(boolean drain) {
    quiet = !drain;
    signals.add(drain ? Signal.STOP : Signal.STOP_NOW);
    return ended;
  }

  void hosts(String text) {
    files.hosts(text);
  }

  private void run() {
    try {
      tools.ip().batch(List.of("netns add " + namespace));
      tools.ip().ip("-n", namespace, "link", "set", "lo", "up");
      files.write();
      String address = attach();
      if (!address.isEmpty()) {
        supervise(address);
      }
    } catch (LabException e) {
      listener.event(pod.ref(), String.valueOf(e.getMessage()));
      listener.changed(pod.ref(), failed(String.valueOf(e.getMessage())));
      awaitStop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      cleanUp();
    }
  }

  /** The pod's address; "" if the pod was stopped before it had one. */
  private String attach() throws InterruptedException {
    AttachRequest request =
        AttachRequest.newBuilder()
            .setAdd(
                AttachRequest.Add.newBuilder()
                    .setContainerId(pod.metadata().uid())
                    .setNetns(Ip.path(namespace).toString())
                    .setInterface(INTERFACE)
                    .setPodNamespace(pod.metadata().namespace())
                    .setPodName(pod.metadata().name())
                    .setPodUid(pod.metadata().uid()))
            .build();
    boolean told = false;
    while (true) {
      try {
        AttachAnswer answer = client().ask(request);
        return InetAddress.getByAddress(answer.getAddress().toByteArray()).getHostAddress();
      } catch (IOException e) {
        if (!told && tools.paths().ready().toFile().exists()) {
          listener.event(pod.ref(), "not attached yet: " + e.getMessage());
          told = true;
        }
      }
      Signal signal = signals.poll(ATTACH_RETRY_MS, TimeUnit.MILLISECONDS);
      if (signal == Signal.STOP || signal == Signal.STOP_NOW) {
        return "";
      }
    }
  }

  private AttachClient client() {
    AttachClient client = tools.nodes().get(pod.spec().nodeName());
    if (client == null) {
      throw new LabException(
          pod.ref()
              + " is bound to node '"
              + pod.spec().nodeName()
              + "', which this lab does not have");
    }
    return client;
  }

  private void supervise(String address) throws InterruptedException {
    List<Container> containers = new ArrayList<>();
    for (PodSpec.Container container : pod.spec().containers()) {
      containers.add(container(container, address));
    }
    Pod.Status said = Pod.Status.of("Pending", address, false);
    listener.changed(pod.ref(), said);
    Signal signal;
    do {
      containers.forEach(Container::keepRunning);
      Pod.Status now =
          Pod.Status.of("Running", address, containers.stream().allMatch(Container::isReady));
      if (!now.equals(said)) {
        listener.changed(pod.ref(), now);
        said = now;
      }
      long wait =
          said.equals(Pod.Status.of("Running", address, true)) ? RUNNING_POLL_MS : STARTING_POLL_MS;
      signal = signals.poll(wait, TimeUnit.MILLISECONDS);
    } while (signal != Signal.STOP && signal != Signal.STOP_NOW);
    if (signal == Signal.STOP) {
      drain(tools.drain());
    }
    Duration grace =
        signal == Signal.STOP
            ? Duration.ofSeconds(pod.spec().terminationGracePeriodSeconds())
            : Duration.ZERO;
    containers.forEach(container -> container.stop(grace));
  }

  /** Gives everybody time to notice that the pod is leaving; ends early if all of the lab ends. */
  private void drain(Duration time) throws InterruptedException {
    Signal signal;
    do {
      signal = signals.poll(time.toMillis(), TimeUnit.MILLISECONDS);
    } while (signal == Signal.LOOK);
  }

  private Container container(PodSpec.Container spec, String address) {
    Map<String, String> environment = ContainerCommand.environment(pod, spec, address);
    List<String> command = ContainerCommand.command(spec, environment);
    Set<Integer> ports = new HashSet<>();
    for (PodSpec.ContainerPort port : spec.ports()) {
      if (port.protocol() == Protocol.TCP) {
        ports.add(port.containerPort());
      }
    }
    Path log = tools.paths().log(pod.metadata().namespace(), pod.metadata().name(), spec.name());
    return new Container(
        new Container.Spec(
            pod.metadata().namespace() + "/" + pod.metadata().name() + "/" + spec.name(),
            namespace,
            command,
            environment,
            ports,
            log),
        tools,
        text -> listener.event(pod.ref(), text),
        () -> signals.add(Signal.LOOK));
  }

  private void awaitStop() {
    try {
      Signal signal;
      do {
        signal = signals.take();
      } while (signal == Signal.LOOK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Pod.Status failed(String message) {
    Pod.Status status = Pod.Status.of("Pending", "", false);
    return new Pod.Status(
        status.phase(),
        status.podIP(),
        status.podIPs(),
        status.hostIP(),
        status.conditions(),
        Map.of("message", TextNode.valueOf(message)));
  }

  private void cleanUp() {
    try {
      AttachClient client = tools.nodes().get(pod.spec().nodeName());
      if (client != null) {
        client.ask(
            AttachRequest.newBuilder()
                .setDel(
                    AttachRequest.Del.newBuilder()
                        .setContainerId(pod.metadata().uid())
                        .setInterface(INTERFACE))
                .build());
      }
    } catch (IOException e) {
      // A node process that is gone cannot be told; removing the namespace removes the pod's link
      // all the same.
      if (!quiet) {
        listener.event(pod.ref(), "not detached: " + e.getMessage());
      }
    }
    try {
      tools.ip().delete(namespace);
      files.delete();
    } catch (LabException e) {
      listener.event(pod.ref(), String.valueOf(e.getMessage()));
    } finally {
      listener.gone(pod.ref());
      ended.complete(null);
    }
  }
}
