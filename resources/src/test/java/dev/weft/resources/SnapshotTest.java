package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotTest {
  private static ConfigMap map(String namespace, String name, String value) {
    return new ConfigMap(ObjectMeta.of(namespace, name), Map.of("k", value), false, Map.of());
  }

  private static ServiceAccount account(String name) {
    return new ServiceAccount(ObjectMeta.of("a", name), Map.of());
  }

  private final Snapshot base =
      Snapshot.of(
          List.of(map("b", "2", "x"), map("a", "1", "x"), map("b", "1", "x"), account("s")));

  @Test
  void findsObjectsByKindNamespaceAndName() {
    assertThat(base.get(ConfigMap.class, "b", "1")).isEqualTo(map("b", "1", "x"));
    assertThat(base.get(ConfigMap.class, "c", "1")).isNull();
    assertThat(base.get(Secret.class, "b", "1")).isNull();
    assertThat(base.inNamespace(ConfigMap.class, "b")).hasSize(2);
    assertThat(base.all(ConfigMap.class).map(each -> each.ref().toString()))
        .containsExactly("ConfigMap a/1", "ConfigMap b/1", "ConfigMap b/2");
    assertThat(base.size()).isEqualTo(4);
  }

  @Test
  void aChangeLeavesTheOldSnapshotAsItWas() {
    ObjectRef removed = new ObjectRef(Kind.CONFIG_MAP, "a", "1");
    Snapshot next = base.with(List.of(map("b", "1", "y"), account("t")), List.of(removed));

    assertThat(base.get(ConfigMap.class, "b", "1")).isEqualTo(map("b", "1", "x"));
    assertThat(base.get(removed)).isNotNull();
    assertThat(next.get(removed)).isNull();
    assertThat(next.size()).isEqualTo(4);
    assertThat(next.changedSince(base))
        .containsExactlyInAnyOrder(
            new ObjectRef(Kind.CONFIG_MAP, "b", "1"),
            new ObjectRef(Kind.SERVICE_ACCOUNT, "a", "t"),
            removed);
    assertThat(base.changedSince(base)).isEmpty();
  }

  @Test
  void sharesWhatDidNotChange() {
    Snapshot next = base.with(List.of(map("b", "1", "y")), List.of());

    assertThat(next.ofKind(Kind.SERVICE_ACCOUNT)).isSameAs(base.ofKind(Kind.SERVICE_ACCOUNT));
    assertThat(next.inNamespaceByName(Kind.CONFIG_MAP, "a"))
        .isSameAs(base.inNamespaceByName(Kind.CONFIG_MAP, "a"));
    assertThat(next.inNamespaceByName(Kind.CONFIG_MAP, "b"))
        .isNotSameAs(base.inNamespaceByName(Kind.CONFIG_MAP, "b"));
  }

  @Test
  void writingTheSameAgainIsNoChange() {
    assertThat(base.with(List.of(map("b", "1", "x")), List.of())).isSameAs(base);
    assertThat(base.with(List.of(), List.of(new ObjectRef(Kind.POD, "x", "y")))).isSameAs(base);
  }
}
