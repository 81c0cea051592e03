package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.KubeObject;
import dev.weft.resources.Pod;
import dev.weft.resources.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FolderStateTest {
  private final FolderState state = new FolderState(Yaml.parser());

  @Test
  void filesComeChangeAndGo() {
    View one = apply("a.yaml", Yaml.namespace("a") + "---\n" + Yaml.namespace("b"));
    assertThat(names(one)).containsExactly("Namespace a", "Namespace b");

    View two = apply("a.yaml", Yaml.namespace("b"));
    assertThat(names(two)).containsExactly("Namespace b");
    assertThat(two.refusals()).isEmpty();

    assertThat(names(apply("a.yaml", null))).isEmpty();
    assertThat(state.files()).isEmpty();
  }

  @Test
  void theSameContentIsTheSameSnapshot() {
    View one = apply("a.yaml", Yaml.namespace("a"));
    View two = apply("a.yaml", "# a comment\n" + Yaml.namespace("a"));

    assertThat(two.snapshot()).isSameAs(one.snapshot());
  }

  @Test
  void aRefusedFileKeepsItsLastGoodState() {
    apply("a.yaml", Yaml.namespace("a") + "---\n" + Yaml.namespace("b"));
    View broken = apply("a.yaml", Yaml.namespace("c") + "---\n" + "kind: [");

    assertThat(names(broken)).containsExactly("Namespace a", "Namespace b");
    assertThat(broken.refusals()).singleElement().extracting(Refusal::file).isEqualTo("a.yaml");
    assertThat(broken.refusals().getFirst().line()).isPositive();

    View fixed = apply("a.yaml", Yaml.namespace("c"));
    assertThat(names(fixed)).containsExactly("Namespace c");
    assertThat(fixed.refusals()).isEmpty();
  }

  @Test
  void anUnknownFieldIsRefusedWithItsPlace() {
    View view =
        apply("mesh.yaml", Yaml.meshConfig("a:4317").replace("otlpEndpoint", "otlpEndpiont"));

    assertThat(view.snapshot().size()).isZero();
    assertThat(view.refusals())
        .singleElement()
        .asString()
        .startsWith("mesh.yaml:7: spec.telemetry");
  }

  @Test
  void anObjectInTwoFilesIsThatOfTheFirst() {
    String first = Yaml.pod("web", "first", "n1");
    String second = Yaml.pod("web", "second", "n1");
    apply("b.yaml", second);
    View both = apply("a.yaml", first);

    assertThat(account(both)).isEqualTo("first");
    assertThat(both.refusals())
        .containsExactly(new Refusal("b.yaml", 0, "", "Pod shop/web is already in a.yaml"));

    View gone = apply("a.yaml", null);
    assertThat(account(gone)).isEqualTo("second");
    assertThat(gone.refusals()).isEmpty();
  }

  @Test
  void deletingARefusedFileDeletesWhatItStoodFor() {
    apply("a.yaml", Yaml.namespace("a"));
    apply("a.yaml", "kind: [");
    View gone = apply("a.yaml", null);

    assertThat(names(gone)).isEmpty();
    assertThat(gone.refusals()).isEmpty();
  }

  private View apply(String file, @Nullable String content) {
    Map<String, byte @Nullable []> contents = new HashMap<>();
    contents.put(file, content == null ? null : content.getBytes(StandardCharsets.UTF_8));
    return state.apply(contents);
  }

  private static List<String> names(View view) {
    return view.snapshot().objects().map(KubeObject::ref).map(Object::toString).toList();
  }

  private static String account(View view) {
    return view.snapshot().all(Pod.class).findFirst().orElseThrow().spec().serviceAccountName();
  }
}
