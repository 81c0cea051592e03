package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Derivation.Change;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AssemblyTest {
  private static final ObjectRef A = new ObjectRef(Kind.POD, "shop", "a");
  private static final ObjectRef B = new ObjectRef(Kind.POD, "shop", "b");

  private final Assembly<String> assembly = new Assembly<>();

  private static Output<String> output(String... resources) {
    Output.Builder<String> output = new Output.Builder<>();
    for (String resource : resources) {
      output.resource(resource.substring(0, 1), resource);
    }
    return output.build();
  }

  private Map<String, @Nullable String> change(
      ObjectRef object, @Nullable Output<String> before, @Nullable Output<String> after) {
    return assembly.apply(Map.of(object, new Change<>(before, after))).resources();
  }

  @Test
  void whatObjectsShareStaysUntilNoneHasIt() {
    assertThat(change(A, null, output("x1", "s1")))
        .containsOnly(Map.entry("x", "x1"), Map.entry("s", "s1"));
    assertThat(change(B, null, output("y1", "s1"))).containsEntry("y", "y1");

    assertThat(change(A, output("x1", "s1"), null)).containsOnlyKeys("x").containsEntry("x", null);
    assertThat(change(B, output("y1", "s1"), output("y1")))
        .containsOnlyKeys("s")
        .containsEntry("s", null);
  }

  @Test
  void onlyWhatIsAnotherIsTold() {
    change(A, null, output("x1", "y1", "z1"));

    assertThat(change(A, output("x1", "y1", "z1"), output("x1", "y2")))
        .containsOnlyKeys("y", "z")
        .containsEntry("y", "y2")
        .containsEntry("z", null);
  }

  @Test
  void whatOneGivesUpAndAnotherTakesOverNeverGoes() {
    change(A, null, output("x1"));

    Map<String, @Nullable String> told =
        assembly
            .apply(Map.of(A, new Change<>(output("x1"), null), B, new Change<>(null, output("x2"))))
            .resources();

    assertThat(told).containsOnly(Map.entry("x", "x2"));
  }

  @Test
  void generatedObjectsAreToldWhole() {
    ServiceAccount one = new ServiceAccount(ObjectMeta.of("shop", "one"), Map.of());
    ServiceAccount two = new ServiceAccount(ObjectMeta.of("shop", "two"), Map.of());
    Output<String> first = new Output.Builder<String>().generated(List.of(one)).build();
    Output<String> second = new Output.Builder<String>().generated(List.of(two)).build();

    assembly.apply(Map.of(A, new Change<>(null, first)));
    assertThat(assembly.apply(Map.of(B, new Change<>(null, second))).generated())
        .containsExactly(one, two);
    assertThat(assembly.apply(Map.of()).generated()).containsExactly(one, two);
    assertThat(assembly.apply(Map.of(A, new Change<>(first, null))).generated())
        .containsExactly(two);
  }
}
