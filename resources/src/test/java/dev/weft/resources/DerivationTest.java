package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DerivationTest {
  private static ConfigMap map(String name, String value) {
    return new ConfigMap(ObjectMeta.of("a", name), Map.of("k", value), false, Map.of());
  }

  /** The length of one object's value; -1 when it is not there. */
  private record Length(String name) implements Derivation.Query<Integer> {
    @Override
    public Integer compute(Derivation.Reader reader) {
      ConfigMap object = reader.object(ConfigMap.class, "a", name);
      return object == null ? -1 : object.data().getOrDefault("k", "").length();
    }
  }

  /** The sum of all lengths. */
  private record Sum() implements Derivation.Query<Integer> {
    @Override
    public Integer compute(Derivation.Reader reader) {
      return reader.inNamespace(ConfigMap.class, "a").stream()
          .mapToInt(each -> reader.get(new Length(each.metadata().name())))
          .sum();
    }
  }

  private record Doubled() implements Derivation.Query<Integer> {
    @Override
    public Integer compute(Derivation.Reader reader) {
      return 2 * reader.get(new Sum());
    }
  }

  private final Snapshot base = Snapshot.of(List.of(map("x", "1"), map("y", "22")));

  private Derivation first() {
    Derivation first = Derivation.of(base, null);
    assertThat(first.get(new Doubled())).isEqualTo(6);
    assertThat(first.computed()).isEqualTo(4);
    first.complete();
    return first;
  }

  private static Derivation next(Snapshot snapshot, Derivation previous, int expected) {
    Derivation next = Derivation.of(snapshot, previous);
    assertThat(next.get(new Doubled())).isEqualTo(expected);
    next.complete();
    return next;
  }

  @Test
  void computesNothingWithoutAChange() {
    assertThat(next(base, first(), 6).computed()).isZero();
    Snapshot elsewhere =
        base.with(List.of(new ServiceAccount(ObjectMeta.of("a", "s"), Map.of())), List.of());
    assertThat(next(elsewhere, first(), 6).computed()).isZero();
  }

  @Test
  void computesWhatReadTheChangedObject() {
    Snapshot changed = base.with(List.of(map("y", "333")), List.of());

    assertThat(next(changed, first(), 8).computed())
        .as("the length, the sum and its double, not the other length")
        .isEqualTo(3);
  }

  @Test
  void anEqualAnswerStopsTheChangeThere() {
    Snapshot changed = base.with(List.of(map("y", "ab")), List.of());

    assertThat(next(changed, first(), 6).computed())
        .as("the length and the sum, which come out equal")
        .isEqualTo(2);
  }

  @Test
  void comingAndGoingIsNoticed() {
    Derivation derivation = first();
    Snapshot more = base.with(List.of(map("z", "4444")), List.of());
    derivation = next(more, derivation, 14);
    Snapshot fewer = more.with(List.of(), List.of(map("x", "").ref(), map("y", "").ref()));
    derivation = next(fewer, derivation, 8);
    assertThat(derivation.get(new Length("x"))).isEqualTo(-1);
  }

  @Test
  void absenceIsRememberedToo() {
    Derivation before = Derivation.of(Snapshot.empty(), null);
    assertThat(before.get(new Length("x"))).isEqualTo(-1);
    before.complete();

    assertThat(Derivation.of(base, before).get(new Length("x"))).isEqualTo(1);
  }
}
