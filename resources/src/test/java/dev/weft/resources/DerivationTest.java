package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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

  @Test
  void aDerivationThatWasLeftBehindIsNoHelpAndNoHarm() {
    Derivation first = first();
    next(base.with(List.of(map("x", "4444")), List.of()), first, 12);

    assertThat(next(base, first, 6).computed()).as("from the beginning").isEqualTo(4);
    assertThatThrownBy(() -> first.get(new Sum()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("later derivation");
  }

  @Test
  void aFailedQuestionIsAskedAgain() {
    record Picky() implements Derivation.Query<String> {
      @Override
      public String compute(Derivation.Reader reader) {
        ConfigMap object = reader.object(ConfigMap.class, "a", "x");
        if (object == null) {
          throw new IllegalArgumentException("not there");
        }
        return object.data().getOrDefault("k", "");
      }
    }
    Derivation first = Derivation.of(base, null);
    assertThat(first.get(new Picky())).isEqualTo("1");
    Snapshot gone = base.with(List.of(), List.of(map("x", "").ref()));
    Derivation second = Derivation.of(gone, first);
    assertThatThrownBy(() -> second.get(new Picky())).hasMessage("not there");

    Snapshot back = gone.with(List.of(map("x", "2")), List.of());
    assertThat(Derivation.of(back, second).get(new Picky())).isEqualTo("2");
    assertThat(Derivation.of(back, first).get(new Picky())).isEqualTo("2");
  }

  @Test
  void whichObjectsThereAreIsAnotherQuestionThanWhatTheySay() {
    record Names() implements Derivation.Query<Integer> {
      @Override
      public Integer compute(Derivation.Reader reader) {
        return reader.refs(Kind.CONFIG_MAP).size();
      }
    }
    Derivation first = Derivation.of(base, null);
    assertThat(first.get(new Names())).isEqualTo(2);
    Snapshot edited = base.with(List.of(map("x", "edited")), List.of());
    Derivation second = Derivation.of(edited, first);
    assertThat(second.get(new Names())).isEqualTo(2);
    assertThat(second.computed()).isZero();
    Derivation third = Derivation.of(edited.with(List.of(map("z", "")), List.of()), second);
    assertThat(third.get(new Names())).isEqualTo(3);
  }

  @Test
  void whatNobodyAsksForAnyMoreIsForgotten() {
    Snapshot snapshot = base;
    Derivation derivation = first();
    for (int i = 0; i < 20_000; i++) {
      ConfigMap passing = map("passing" + i, "1");
      snapshot = snapshot.with(List.of(passing), List.of());
      derivation = next(snapshot, derivation, 8);
      snapshot = snapshot.with(List.of(), List.of(passing.ref()));
    }
    assertThat(derivation.remembered()).isLessThan(3_000);
  }

  @Test
  void agreesWithAFreshDerivationAfterAnyChanges() {
    Random random = new Random(7);
    Snapshot snapshot = base;
    Derivation derivation = first();
    for (int i = 0; i < 2_000; i++) {
      List<ConfigMap> upserted = new ArrayList<>();
      List<ObjectRef> removed = new ArrayList<>();
      for (int j = random.nextInt(3); j >= 0; j--) {
        ConfigMap object = map("m" + random.nextInt(6), "v".repeat(random.nextInt(4)));
        if (random.nextBoolean()) {
          upserted.add(object);
        } else {
          removed.add(object.ref());
        }
      }
      snapshot = snapshot.with(upserted, removed);
      int expected = Derivation.of(snapshot, null).get(new Doubled());
      derivation = Derivation.of(snapshot, derivation);
      if (random.nextInt(3) > 0) {
        assertThat(derivation.get(new Doubled())).isEqualTo(expected);
      }
      derivation.complete();
    }
  }

  /** ConfigMaps name what stands in "k", words apart by blanks. */
  private record Words() implements Derivation.Tally<String> {
    @Override
    public List<Kind> kinds() {
      return List.of(Kind.CONFIG_MAP);
    }

    @Override
    public Derivation.Query<Set<String>> keysOf(ObjectRef object) {
      return new WordsOf(object);
    }
  }

  private record WordsOf(ObjectRef object) implements Derivation.Query<Set<String>> {
    @Override
    public Set<String> compute(Derivation.Reader reader) {
      ConfigMap map = reader.object(ConfigMap.class, object.namespace(), object.name());
      return map == null ? Set.of() : Set.of(map.data().getOrDefault("k", "").split(" ", -1));
    }
  }

  private record HowOften(String word) implements Derivation.Query<Integer> {
    @Override
    public Integer compute(Derivation.Reader reader) {
      return reader.count(new Words(), word);
    }
  }

  @Test
  void oneObjectsChangeIsCountedWithoutLookingAtTheOthers() {
    List<ConfigMap> many = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      many.add(map("m" + i, "all m" + i));
    }
    Snapshot snapshot = Snapshot.of(many);
    Derivation first = Derivation.of(snapshot, null);
    assertThat(first.get(new HowOften("all"))).isEqualTo(500);
    assertThat(first.get(new HowOften("none"))).isZero();
    first.complete();

    snapshot = snapshot.with(List.of(map("m7", "m7 all")), List.of());
    Derivation same = Derivation.of(snapshot, first);
    assertThat(same.get(new HowOften("all"))).isEqualTo(500);
    assertThat(same.computed()).as("one object's words").isEqualTo(1);
    same.complete();

    snapshot = snapshot.with(List.of(map("m7", "none")), List.of());
    Derivation fewer = Derivation.of(snapshot, same);
    assertThat(fewer.get(new HowOften("all"))).isEqualTo(499);
    assertThat(fewer.get(new HowOften("none"))).isEqualTo(1);
    assertThat(fewer.computed()).as("its words, and who asked about them").isEqualTo(3);
    fewer.complete();

    snapshot = snapshot.with(List.of(), List.of(map("m8", "").ref()));
    Derivation gone = Derivation.of(snapshot, fewer);
    assertThat(gone.get(new HowOften("all"))).isEqualTo(498);
    assertThat(gone.computed()).isEqualTo(1);
  }

  @Test
  void countsAgreeWithCountingAfresh() {
    Random random = new Random(42);
    Snapshot snapshot = Snapshot.empty();
    Derivation last = Derivation.of(snapshot, null);
    for (int step = 0; step < 300; step++) {
      String name = "m" + random.nextInt(12);
      snapshot =
          random.nextInt(4) == 0
              ? snapshot.with(List.of(), List.of(map(name, "").ref()))
              : snapshot.with(
                  List.of(map(name, "w" + random.nextInt(3) + " v" + random.nextInt(2))),
                  List.of());
      last = Derivation.of(snapshot, last);
      Derivation fresh = Derivation.of(snapshot, null);
      for (String word : List.of("w0", "w1", "w2", "v0", "v1")) {
        assertThat(last.get(new HowOften(word))).isEqualTo(fresh.get(new HowOften(word)));
      }
      last.complete();
    }
  }

  /** What each ConfigMap says. */
  private record Lengths() implements Derivation.Each<Integer> {
    @Override
    public List<Kind> kinds() {
      return List.of(Kind.CONFIG_MAP);
    }

    @Override
    public Derivation.Query<Integer> of(ObjectRef object) {
      return new Length(object.name());
    }
  }

  private static ObjectRef ref(String name) {
    return new ObjectRef(Kind.CONFIG_MAP, "a", name);
  }

  @Test
  void whatIsAskedOfEachObjectIsToldOnce() {
    Derivation first = Derivation.of(base, null);
    assertThat(first.changes(new Lengths()))
        .containsOnly(
            Map.entry(ref("x"), new Derivation.Change<>(null, 1)),
            Map.entry(ref("y"), new Derivation.Change<>(null, 2)));
    assertThat(first.changes(new Lengths())).isEmpty();

    Snapshot edited =
        base.with(List.of(map("x", "7"), map("z", "333")), List.of(map("y", "").ref()));
    Derivation second = Derivation.of(edited, first);
    assertThat(second.changes(new Lengths()))
        .as("x says something else, which comes out the same")
        .containsOnly(
            Map.entry(ref("y"), new Derivation.Change<>(2, null)),
            Map.entry(ref("z"), new Derivation.Change<>(null, 3)));
    assertThat(second.computed()).isEqualTo(2);
  }

  @Test
  void whatCameAndWentBetweenTwoQuestionsIsNoChange() {
    Derivation first = Derivation.of(base, null);
    first.changes(new Lengths());
    Snapshot more = base.with(List.of(map("z", "1")), List.of());
    Derivation second = Derivation.of(more, first);
    Derivation third = Derivation.of(more.with(List.of(), List.of(map("z", "").ref())), second);

    assertThat(third.changes(new Lengths())).isEmpty();
  }

  @Test
  void aFailureTellsNothingAndLosesNothing() {
    record Even(String name) implements Derivation.Query<Integer> {
      @Override
      public Integer compute(Derivation.Reader reader) {
        int length = reader.get(new Length(name));
        if (length == 3) {
          throw new IllegalStateException("three");
        }
        return length;
      }
    }
    record Evens() implements Derivation.Each<Integer> {
      @Override
      public List<Kind> kinds() {
        return List.of(Kind.CONFIG_MAP);
      }

      @Override
      public Derivation.Query<Integer> of(ObjectRef object) {
        return new Even(object.name());
      }
    }
    Derivation first = Derivation.of(base, null);
    first.changes(new Evens());
    Snapshot broken = base.with(List.of(map("x", "22"), map("y", "333")), List.of());
    Derivation second = Derivation.of(broken, first);
    assertThatThrownBy(() -> second.changes(new Evens())).hasMessage("three");

    Snapshot mended = broken.with(List.of(map("y", "4444")), List.of());
    assertThat(Derivation.of(mended, second).changes(new Evens()))
        .containsOnly(
            Map.entry(ref("x"), new Derivation.Change<>(1, 2)),
            Map.entry(ref("y"), new Derivation.Change<>(2, 4)));
  }
}
