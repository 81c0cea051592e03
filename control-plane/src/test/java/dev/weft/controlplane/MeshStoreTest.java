package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Identity;
import dev.weft.api.v1.Resource;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeshStoreTest {
  private static final String NAME = "identity/256";

  private final MeshStore store = new MeshStore();

  private Map<String, String> set(Identity.Builder content) {
    return store.apply(
        Map.of(NAME, Resource.newBuilder().setName(NAME).setIdentity(content).build()));
  }

  @Test
  void aVersionIsTheHashOfTheContent() {
    assertThat(set(labels("a", "b"))).containsExactly(Map.entry(NAME, MeshStore.NONE));
    String first = store.version(NAME);
    assertThat(first).hasSize(32);

    assertThat(set(labels("b", "a"))).as("the same in another order").isEmpty();
    assertThat(store.version(NAME)).isEqualTo(first);

    assertThat(set(labels("a", "c"))).containsExactly(Map.entry(NAME, first));
    assertThat(store.version(NAME)).hasSize(32).isNotEqualTo(first);

    set(labels("a", "b"));
    assertThat(store.version(NAME)).as("what was once, is again").isEqualTo(first);
  }

  @Test
  void whatIsGoneHasNoVersion() {
    set(labels("a"));
    String last = store.version(NAME);

    assertThat(store.apply(Collections.singletonMap(NAME, null)))
        .containsExactly(Map.entry(NAME, last));
    assertThat(store.version(NAME)).isEqualTo(MeshStore.NONE);
    assertThat(store.get(NAME)).isNull();
  }

  private static Identity.Builder labels(String... keys) {
    Identity.Builder identity = Identity.newBuilder().setNumber(256);
    for (String key : keys) {
      identity.putLabels(key, "x");
    }
    return identity;
  }
}
