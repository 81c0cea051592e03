package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ServiceAccount;
import dev.weft.resources.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GeneratedPlanTest {
  private static final Map<String, String> OURS =
      Map.of(ObjectMeta.MANAGED_BY_LABEL, ObjectMeta.MANAGED_BY_WEFT);

  private static ServiceAccount account(String name, Map<String, String> labels) {
    return new ServiceAccount(ObjectMeta.of("shop", name).withLabels(labels), Map.of());
  }

  private static Map<String, String> and(Map<String, String> labels, String key, String value) {
    Map<String, String> more = new HashMap<>(labels);
    more.put(key, value);
    return Map.copyOf(more);
  }

  private static final KubeObject WANTED = account("edge", and(OURS, "team", "a"));

  @Test
  void whatIsMissingOrSaysSomethingElseIsApplied() {
    assertThat(GeneratedPlan.of(Snapshot.empty(), List.of(WANTED)).apply()).containsExactly(WANTED);
    assertThat(
            GeneratedPlan.of(
                    Snapshot.of(List.of(account("edge", and(OURS, "team", "b")))), List.of(WANTED))
                .apply())
        .containsExactly(WANTED);
  }

  @Test
  void whatSaysMoreIsLeftAlone() {
    Snapshot snapshot =
        Snapshot.of(
            List.of(account("edge", and(WANTED.metadata().labels(), "added", "by others"))));

    assertThat(GeneratedPlan.of(snapshot, List.of(WANTED)))
        .isEqualTo(new GeneratedPlan(List.of(), List.of(), List.of()));
  }

  @Test
  void whatNobodyNeedsIsDeleted() {
    Snapshot snapshot =
        Snapshot.of(List.of(WANTED, account("old", OURS), account("users", Map.of())));

    assertThat(GeneratedPlan.of(snapshot, List.of(WANTED)).delete())
        .containsExactly(new ObjectRef(Kind.SERVICE_ACCOUNT, "shop", "old"));
  }

  @Test
  void somebodyElsesObjectIsNeitherTakenNorDeleted() {
    Snapshot snapshot = Snapshot.of(List.of(account("edge", Map.of("team", "z"))));

    assertThat(GeneratedPlan.of(snapshot, List.of(WANTED)))
        .isEqualTo(new GeneratedPlan(List.of(), List.of(), List.of(WANTED.ref())));
    assertThat(GeneratedPlan.of(snapshot, List.of()).delete()).isEmpty();
  }
}
