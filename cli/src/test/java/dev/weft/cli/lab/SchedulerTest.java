package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.resources.Deployment;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private final Scheduler scheduler = new Scheduler(LabNode.first(2));

  private static Deployment deployment(String name, int replicas, String argument) {
    return Objects.one(
        Deployment.class,
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %s, namespace: shop}
        spec:
          replicas: %d
          selector: {matchLabels: {app: %s}}
          template:
            metadata: {labels: {app: %s}}
            spec:
              containers:
                - {name: c, command: [run, "%s"]}
        """
            .formatted(name, replicas, name, name, argument));
  }

  private static List<Pod> ready(List<Pod> pods) {
    return pods.stream()
        .map(pod -> pod.withStatus(Pod.Status.of("Running", "10.244.1.9", true)))
        .toList();
  }

  private static List<String> names(List<Pod> pods) {
    return pods.stream().map(pod -> pod.metadata().name()).toList();
  }

  @Test
  void spreadsReplicasOverNodes() {
    List<Pod> pods =
        scheduler.plan(List.of(deployment("web", 4, "a")), List.of(), List.of()).create();
    assertThat(names(pods)).containsExactly("web-0", "web-1", "web-2", "web-3");
    assertThat(pods.stream().map(pod -> pod.spec().nodeName()))
        .containsExactly("node-1", "node-2", "node-1", "node-2");
    assertThat(pods.getFirst().metadata().ownerReferences().getFirst().name()).isEqualTo("web");
  }

  @Test
  void doesNothingWhenAllIsWell() {
    Deployment web = deployment("web", 2, "a");
    List<Pod> running = ready(scheduler.plan(List.of(web), List.of(), List.of()).create());
    Scheduler.Plan plan = scheduler.plan(List.of(web), List.of(), running);
    assertThat(plan.create()).isEmpty();
    assertThat(plan.delete()).isEmpty();
  }

  @Test
  void scalesDownTheYoungest() {
    List<Pod> running =
        ready(scheduler.plan(List.of(deployment("web", 3, "a")), List.of(), List.of()).create());
    Scheduler.Plan plan = scheduler.plan(List.of(deployment("web", 1, "a")), List.of(), running);
    assertThat(plan.delete().stream().map(ObjectRef::name)).containsExactly("web-2", "web-1");
  }

  @Test
  void rollsOutWithoutEverServingLess() {
    Deployment changed = deployment("web", 2, "b");
    List<Pod> running =
        new ArrayList<>(
            ready(
                scheduler.plan(List.of(deployment("web", 2, "a")), List.of(), List.of()).create()));
    for (int round = 0; round < 10; round++) {
      Scheduler.Plan plan = scheduler.plan(List.of(changed), List.of(), running);
      running.removeIf(pod -> plan.delete().contains(pod.ref()));
      assertThat(running.stream().filter(Pod::ready).count()).isGreaterThanOrEqualTo(2);
      assertThat(running.size() + plan.create().size()).isLessThanOrEqualTo(3);
      running.addAll(ready(plan.create()));
    }
    assertThat(running).hasSize(2);
    assertThat(running.stream().map(pod -> pod.spec().containers().getFirst().command().get(1)))
        .containsOnly("b");
  }

  @Test
  void replacesAPodThatNeverBecameReadyAtOnce() {
    List<Pod> broken =
        scheduler.plan(List.of(deployment("web", 1, "a")), List.of(), List.of()).create();
    Scheduler.Plan plan = scheduler.plan(List.of(deployment("web", 1, "b")), List.of(), broken);
    assertThat(plan.delete()).hasSize(1);
    assertThat(names(plan.create())).containsExactly("web-1");
  }

  @Test
  void endsPodsOfARemovedDeploymentOnce() {
    List<Pod> running =
        ready(scheduler.plan(List.of(deployment("web", 1, "a")), List.of(), List.of()).create());
    assertThat(scheduler.plan(List.of(), List.of(), running).delete()).hasSize(1);
    Pod leaving = running.getFirst();
    Pod terminating = leaving.withMetadata(leaving.metadata().withDeletionTimestamp(Instant.EPOCH));
    assertThat(scheduler.plan(List.of(), List.of(), List.of(terminating)).delete()).isEmpty();
  }

  @Test
  void bindsAndReplacesBarePods() {
    String yaml =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: tool, namespace: shop}
        spec:
          nodeSelector: {kubernetes.io/hostname: node-2}
          containers: [{name: c, command: [sleep, "%s"]}]
        """;
    Pod first = Objects.one(Pod.class, yaml.formatted("1"));
    List<Pod> created = scheduler.plan(List.of(), List.of(first), List.of()).create();
    assertThat(created.getFirst().spec().nodeName()).isEqualTo("node-2");
    Pod changed = Objects.one(Pod.class, yaml.formatted("2"));
    Scheduler.Plan plan = scheduler.plan(List.of(), List.of(changed), created);
    assertThat(plan.delete()).containsExactly(first.ref());
    assertThat(plan.create()).isEmpty();
  }

  @Test
  void saysWhichNodesThereAre() {
    Pod lost =
        Objects.one(
            Pod.class,
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: lost}
            spec:
              nodeSelector: {kubernetes.io/hostname: node-9}
              containers: [{name: c, command: [sleep]}]
            """);
    assertThatThrownBy(() -> scheduler.plan(List.of(), List.of(lost), List.of()))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("node-9")
        .hasMessageContaining("node-1");
  }
}
