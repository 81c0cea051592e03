package dev.weft.cli.lab;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Deployment;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import dev.weft.resources.PodSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides which pods there should be and on which node: what Kubernetes' deployment controller and
 * scheduler do, without ReplicaSets. A changed template is rolled out with one pod more than wanted
 * at a time, and no ready pod goes before its successor is ready. Pure.
 */
final class Scheduler {
  private static final String HOSTNAME_LABEL = "kubernetes.io/hostname";

  private final List<LabNode> nodes;

  Scheduler(List<LabNode> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /**
   * What to do next.
   *
   * @param create pods without uid and address, each bound to a node
   * @param delete pods to end
   */
  record Plan(List<Pod> create, List<ObjectRef> delete) {
    Plan {
      create = List.copyOf(create);
      delete = List.copyOf(delete);
    }
  }

  /**
   * Compares what is wanted with what runs.
   *
   * @param bare pods that the user wrote himself
   * @param running all pods, terminating ones included
   */
  Plan plan(Collection<Deployment> deployments, Collection<Pod> bare, Collection<Pod> running) {
    List<Pod> create = new ArrayList<>();
    List<ObjectRef> delete = new ArrayList<>();
    List<Pod> all = new ArrayList<>(running);
    Set<ObjectRef> wanted = new HashSet<>();
    for (Deployment deployment : sorted(deployments)) {
      wanted.add(deployment.ref());
      List<Pod> own = running.stream().filter(pod -> owner(pod, deployment)).toList();
      List<Pod> fresh = missing(deployment, own, all);
      create.addAll(fresh);
      all.addAll(fresh);
      delete.addAll(surplus(deployment, own));
    }
    planBare(bare, running, create, delete, all);
    running.stream()
        .filter(pod -> alive(pod) && orphaned(pod, wanted))
        .forEach(pod -> delete.add(pod.ref()));
    return new Plan(create, delete);
  }

  private void planBare(
      Collection<Pod> bare,
      Collection<Pod> running,
      List<Pod> create,
      List<ObjectRef> delete,
      List<Pod> all) {
    Set<ObjectRef> names = new HashSet<>();
    for (Pod pod : bare) {
      names.add(pod.ref());
      Pod existing = find(running, pod.ref());
      if (existing == null) {
        Pod bound = bind(pod, all);
        create.add(bound);
        all.add(bound);
      } else if (alive(existing) && !same(existing, pod.metadata().labels(), pod.spec())) {
        // A pod's spec cannot change; the next round makes the new one.
        delete.add(existing.ref());
      }
    }
    running.stream()
        .filter(
            pod ->
                alive(pod)
                    && pod.metadata().ownerReferences().isEmpty()
                    && !names.contains(pod.ref()))
        .forEach(pod -> delete.add(pod.ref()));
  }

  private List<Pod> missing(Deployment deployment, List<Pod> own, List<Pod> all) {
    long current = own.stream().filter(pod -> alive(pod) && upToDate(pod, deployment)).count();
    long outdated = own.stream().filter(pod -> alive(pod) && !upToDate(pod, deployment)).count();
    int replicas = deployment.spec().replicas();
    long room = outdated == 0 ? replicas : replicas + 1 - outdated;
    long count = Math.min(replicas, Math.max(room, 0)) - current;
    List<Pod> created = new ArrayList<>();
    List<Pod> taken = new ArrayList<>(all);
    for (long i = 0; i < count; i++) {
      Pod pod = bind(template(deployment, taken), taken);
      created.add(pod);
      taken.add(pod);
    }
    return created;
  }

  private static List<ObjectRef> surplus(Deployment deployment, List<Pod> own) {
    int replicas = deployment.spec().replicas();
    List<Pod> current =
        own.stream().filter(pod -> alive(pod) && upToDate(pod, deployment)).toList();
    List<Pod> outdated =
        own.stream().filter(pod -> alive(pod) && !upToDate(pod, deployment)).toList();
    List<ObjectRef> delete = new ArrayList<>();
    // Those that serve nobody yet first, then the youngest.
    current.stream()
        .sorted(Comparator.comparing(Pod::ready).thenComparing(ordinal().reversed()))
        .limit(Math.max(0, current.size() - replicas))
        .forEach(pod -> delete.add(pod.ref()));
    long ready = own.stream().filter(pod -> alive(pod) && pod.ready()).count();
    long unready = outdated.stream().filter(pod -> !pod.ready()).count();
    outdated.stream()
        .sorted(Comparator.comparing(Pod::ready).thenComparing(ordinal()))
        .limit(Math.max(0, unready + Math.max(0, ready - replicas)))
        .forEach(pod -> delete.add(pod.ref()));
    return delete;
  }

  private Pod template(Deployment deployment, List<Pod> taken) {
    ObjectMeta owner = deployment.metadata();
    Set<String> names = new HashSet<>();
    taken.stream()
        .filter(pod -> pod.metadata().namespace().equals(owner.namespace()))
        .forEach(pod -> names.add(pod.metadata().name()));
    int ordinal = 0;
    while (names.contains(owner.name() + "-" + ordinal)) {
      ordinal++;
    }
    ObjectMeta metadata =
        ObjectMeta.of(owner.namespace(), owner.name() + "-" + ordinal)
            .withLabels(deployment.spec().template().metadata().labels())
            .withOwnerReferences(
                List.of(
                    new ObjectMeta.OwnerReference(
                        Kind.DEPLOYMENT.apiVersion(),
                        Kind.DEPLOYMENT.kind(),
                        owner.name(),
                        owner.uid(),
                        true,
                        true)));
    return new Pod(metadata, deployment.spec().template().spec(), Pod.PENDING);
  }

  /** Chooses the node with the fewest pods of the same owner, then with the fewest pods. */
  private Pod bind(Pod pod, Collection<Pod> all) {
    if (!pod.spec().nodeName().isEmpty()) {
      return pod;
    }
    JsonNode selector = pod.spec().carried().get("nodeSelector");
    String host = selector == null ? "" : selector.path(HOSTNAME_LABEL).asText("");
    LabNode chosen =
        nodes.stream()
            .filter(node -> host.isEmpty() || node.name().equals(host))
            .min(
                Comparator.<LabNode>comparingLong(node -> siblings(pod, node, all))
                    .thenComparingLong(node -> count(node, all))
                    .thenComparingInt(LabNode::number))
            .orElseThrow(
                () ->
                    new LabException(
                        pod.ref()
                            + " selects node '"
                            + host
                            + "'; the lab has "
                            + nodes.stream().map(LabNode::name).toList()));
    return pod.withSpec(pod.spec().withNodeName(chosen.name()));
  }

  private static long siblings(Pod pod, LabNode node, Collection<Pod> all) {
    return all.stream()
        .filter(
            other ->
                other.spec().nodeName().equals(node.name())
                    && !pod.metadata().ownerReferences().isEmpty()
                    && other.metadata().namespace().equals(pod.metadata().namespace())
                    && other.metadata().ownerReferences().equals(pod.metadata().ownerReferences()))
        .count();
  }

  private static long count(LabNode node, Collection<Pod> all) {
    return all.stream().filter(pod -> pod.spec().nodeName().equals(node.name())).count();
  }

  private static boolean upToDate(Pod pod, Deployment deployment) {
    PodSpec.Template template = deployment.spec().template();
    return same(pod, template.metadata().labels(), template.spec());
  }

  private static boolean same(Pod pod, Map<String, String> labels, PodSpec spec) {
    return pod.metadata().labels().equals(labels)
        && pod.spec().withNodeName(spec.nodeName()).equals(spec);
  }

  private static boolean owner(Pod pod, Deployment deployment) {
    return pod.metadata().namespace().equals(deployment.metadata().namespace())
        && pod.metadata().ownerReferences().stream()
            .anyMatch(
                owner ->
                    owner.kind().equals(Kind.DEPLOYMENT.kind())
                        && owner.name().equals(deployment.metadata().name()));
  }

  private static boolean orphaned(Pod pod, Set<ObjectRef> deployments) {
    return pod.metadata().ownerReferences().stream()
        .anyMatch(
            owner ->
                !deployments.contains(
                    new ObjectRef(Kind.DEPLOYMENT, pod.metadata().namespace(), owner.name())));
  }

  static boolean alive(Pod pod) {
    return pod.metadata().deletionTimestamp() == null && !pod.finished();
  }

  private static @org.jspecify.annotations.Nullable Pod find(Collection<Pod> pods, ObjectRef ref) {
    return pods.stream().filter(pod -> pod.ref().equals(ref)).findFirst().orElse(null);
  }

  private static Comparator<Pod> ordinal() {
    return Comparator.<Pod>comparingInt(pod -> pod.metadata().name().length())
        .thenComparing(pod -> pod.metadata().name());
  }

  private static List<Deployment> sorted(Collection<Deployment> deployments) {
    return deployments.stream().sorted(Comparator.comparing(Deployment::ref)).toList();
  }
}
