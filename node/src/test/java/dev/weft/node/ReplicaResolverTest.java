package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaResolverTest {
  @Test
  void beginsWithAnotherReplicaEachTurn() {
    List<String> replicas = List.of("a", "b", "c");
    assertThat(ReplicaResolver.turned(replicas, 0)).containsExactly("a", "b", "c");
    assertThat(ReplicaResolver.turned(replicas, 1)).containsExactly("b", "c", "a");
    assertThat(ReplicaResolver.turned(replicas, 3)).containsExactly("a", "b", "c");
    assertThat(ReplicaResolver.turned(replicas, Integer.MIN_VALUE)).hasSize(3);
  }
}
