package dev.weft.routing;

import static dev.weft.routing.Fixtures.service;
import static dev.weft.routing.Fixtures.view;
import static dev.weft.routing.Fixtures.workload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeshViewTest {
  private final Resource pod = workload("shop", "a-1", "10.0.0.1", 256);
  private final Resource service = service("shop", "a", "10.96.0.1", 80);
  private final MeshView view = view(pod, service);

  @Test
  void findsByNameAndByKind() {
    List<String> pods = new ArrayList<>();
    view.forEach(BodyCase.WORKLOAD, resource -> pods.add(resource.getName()));

    assertThat(view.get("service/shop/a")).isSameAs(service);
    assertThat(view.get("service/shop/b")).isNull();
    assertThat(pods).containsExactly("workload/shop/a-1");
    assertThat(view.size()).isEqualTo(2);
  }

  @Test
  void keepsTheFirstInstanceOfAVersion() {
    Resource again = pod.toBuilder().build();

    assertThat(view.with(List.of(again), List.of())).isSameAs(view);
    assertThat(view.with(List.of(), List.of("unknown"))).isSameAs(view);
  }

  @Test
  void comparesContentsWithoutVersions() {
    MeshView bare = view(pod.toBuilder().setVersion("").build());

    assertThat(bare.with(List.of(pod.toBuilder().setVersion("").build()), List.of()))
        .isSameAs(bare);
  }

  @Test
  void anUpsertWinsOverARemovalInOneBatch() {
    Resource changed = workload("shop", "a-1", "10.0.0.9", 256);
    MeshView next = view.with(List.of(changed), List.of("workload/shop/a-1", "service/shop/a"));

    assertThat(next.get("workload/shop/a-1")).isSameAs(changed);
    assertThat(next.size()).isEqualTo(1);
    assertThat(view.get("workload/shop/a-1")).isSameAs(pod);
  }

  @Test
  void tellsDifferences() {
    Resource changed = workload("shop", "a-1", "10.0.0.9", 256);
    List<String> seen = new ArrayList<>();
    MeshView.differences(
        view,
        view.with(List.of(changed), List.of("service/shop/a")),
        (name, before, after) -> seen.add(name + " " + (before != null) + " " + (after != null)));

    assertThat(seen)
        .containsExactlyInAnyOrder("workload/shop/a-1 true true", "service/shop/a true false");
  }

  @Test
  void aNameMayChangeItsKind() {
    Resource other = service.toBuilder().setName("workload/shop/a-1").build();
    MeshView next = view.with(List.of(other), List.of());
    List<String> pods = new ArrayList<>();
    next.forEach(BodyCase.WORKLOAD, resource -> pods.add(resource.getName()));

    assertThat(pods).isEmpty();
    assertThat(ProxyTables.compile(next).refusals()).containsKey("workload/shop/a-1");
  }
}
