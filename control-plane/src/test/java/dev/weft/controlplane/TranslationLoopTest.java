package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Workload;
import dev.weft.resources.Condition;
import dev.weft.resources.ConfigMap;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Snapshot;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.Translation;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TranslationLoopTest {
  private static final ObjectRef X = new ObjectRef(Kind.CONFIG_MAP, "shop", "x");

  private final Queue<Runnable> mesh = new ArrayDeque<>();
  private final List<TranslationLoop.Change> changes = new ArrayList<>();
  private final List<Map<ObjectRef, @Nullable ObjectStatus>> statuses = new ArrayList<>();
  private final Map<ObjectRef, @Nullable StatusFacts> facts = new HashMap<>();
  private @Nullable RuntimeException failure;
  private Snapshot snapshot = Snapshot.empty();
  private @Nullable TranslationLoop loop;

  /** A status that shows how far one resource has come. */
  private record Fact(String name) implements StatusFacts {
    @Override
    public ObjectStatus render(Programmed programmed) {
      return new ObjectStatus.OfClass(
          List.of(programmed.condition("Programmed", name, 1)), List.of());
    }

    @Override
    public List<String> watched() {
      return List.of(name);
    }
  }

  @BeforeEach
  void begin() throws IOException {
    Map<String, String> told = new HashMap<>();
    Translating first =
        now -> {
          Map<String, @Nullable Resource> resources = new HashMap<>();
          now.all(ConfigMap.class)
              .forEach(
                  map -> {
                    String name = map.metadata().name();
                    String value = String.valueOf(map.data().get("k"));
                    if (!value.equals(told.put(name, value))) {
                      resources.put(name, resource(name, value));
                    }
                  });
          Map<ObjectRef, @Nullable StatusFacts> said = new HashMap<>(facts);
          facts.clear();
          return new Translation<>(resources, said, List.of());
        };
    Translating second =
        now -> {
          if (failure != null) {
            throw failure;
          }
          return new Translation<>(Map.of(), Map.of(), List.of());
        };
    loop =
        new TranslationLoop(
            new TranslationLoop.Parts(
                mesh::add,
                mesh::add,
                List.of(first, second),
                new IdentityNumbers(
                    new IdentityNumbers.Store() {
                      @Override
                      public IdentityNumbers.@Nullable Saved load() {
                        return null;
                      }

                      @Override
                      public void save(IdentityNumbers.Saved saved) {}
                    }),
                changes::add,
                statuses::add,
                GeneratedSink.NOWHERE));
  }

  private static Resource resource(String name, String value) {
    return Resource.newBuilder()
        .setName(name)
        .setWorkload(Workload.newBuilder().setUid(value))
        .build();
  }

  private String value(String name) {
    return Objects.requireNonNull(loop().store().get(name)).getWorkload().getUid();
  }

  private TranslationLoop loop() {
    return Objects.requireNonNull(loop);
  }

  private void edit(String name, String value) {
    snapshot =
        snapshot.with(
            List.of(
                new ConfigMap(ObjectMeta.of("shop", name), Map.of("k", value), false, Map.of())),
            List.of());
    loop().submit(new View(snapshot, List.of()));
    run();
  }

  private void run() {
    for (Runnable task = mesh.poll(); task != null; task = mesh.poll()) {
      task.run();
    }
  }

  private String condition(int update) {
    ObjectStatus status = statuses.get(update).get(X);
    Condition condition =
        ((ObjectStatus.OfClass) Objects.requireNonNull(status)).conditions().getFirst();
    return condition.status() + "/" + condition.reason();
  }

  @Test
  void whatOneTranslatorSaidIsKeptWhileAnotherFails() {
    edit("x", "1");
    failure = new IllegalStateException("broken");
    edit("x", "2");
    edit("y", "1");
    assertThat(changes).hasSize(1);
    assertThat(value("x")).isEqualTo("1");
    String first = loop().store().version("x");

    failure = null;
    edit("z", "1");

    assertThat(changes).hasSize(2);
    assertThat(changes.getLast().before())
        .containsOnly(Map.entry("x", first), Map.entry("y", ""), Map.entry("z", ""));
    assertThat(value("x")).isEqualTo("2");
  }

  @Test
  void theFirstStatusesAreAllAndLaterOnesThoseThatChanged() {
    facts.put(X, new Fact("x"));
    facts.put(new ObjectRef(Kind.CONFIG_MAP, "shop", "y"), new Fact("y"));
    edit("x", "1");
    edit("y", "1");
    assertThat(statuses).as("an earlier control plane knows more").isEmpty();
    loop().releaseStatuses();
    run();
    assertThat(statuses).hasSize(1);
    assertThat(statuses.getFirst()).hasSize(2);
    assertThat(condition(0)).isEqualTo("Unknown/Pending");

    loop().progressed(List.of("x", "stranger"), name -> Progress.DONE);
    loop().progressed(List.of("x"), name -> Progress.DONE);
    run();
    assertThat(statuses).hasSize(2);
    assertThat(statuses.getLast()).containsOnlyKeys(X);
    assertThat(condition(1)).isEqualTo("True/Programmed");

    loop().progressed(List.of("x"), name -> new Progress.Refused("n1", "no"));
    run();
    assertThat(condition(2)).isEqualTo("False/Invalid");

    facts.put(X, null);
    edit("z", "1");
    assertThat(statuses.getLast()).containsOnlyKeys(X).containsEntry(X, null);

    loop().progressed(List.of("x"), name -> Progress.DONE);
    run();
    assertThat(statuses).as("nobody is told of it any more").hasSize(4);
  }

  @Test
  void anEmptyMeshSaysSo() {
    edit("x", "1");
    loop().releaseStatuses();
    run();

    assertThat(statuses).containsExactly(Map.of());
  }
}
