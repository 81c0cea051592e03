package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.resources.IdentityLabels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityNumbersTest {
  @TempDir Path folder;

  @Test
  void equalLabelsHaveEqualNumbers() throws Exception {
    IdentityNumbers numbers = open();
    int web = numbers.numberOf(labels("web", Map.of("app", "web", "tier", "front")));

    assertThat(web).isEqualTo(IdentityNumbers.FIRST);
    assertThat(numbers.numberOf(labels("web", Map.of("tier", "front", "app", "web"))))
        .isEqualTo(web);
    assertThat(numbers.numberOf(labels("web", Map.of("app", "web")))).isEqualTo(web + 1);
    assertThat(numbers.numberOf(labels("api", Map.of("app", "web", "tier", "front"))))
        .isEqualTo(web + 2);
    assertThat(numbers.numberOf(new IdentityLabels("other", "web", Map.of("app", "web"))))
        .isEqualTo(web + 3);
  }

  @Test
  void numbersSurviveARestart() throws Exception {
    IdentityNumbers before = open();
    int web = before.numberOf(labels("web", Map.of("app", "web")));
    int api = before.numberOf(labels("api", Map.of()));
    before.save();

    IdentityNumbers after = open();
    assertThat(after.numberOf(labels("fresh", Map.of()))).isEqualTo(api + 1);
    assertThat(after.numberOf(labels("api", Map.of()))).isEqualTo(api);
    assertThat(after.numberOf(labels("web", Map.of("app", "web")))).isEqualTo(web);
  }

  @Test
  void strangeNamesNeitherCollideNorDamageTheFile() throws Exception {
    IdentityNumbers before = open();
    int plain = before.numberOf(labels("a", Map.of("b", "c")));
    int tab = before.numberOf(labels("a\tb=c", Map.of()));
    int line = before.numberOf(labels("a\n999\tx", Map.of()));
    before.save();

    assertThat(Set.of(plain, tab, line)).hasSize(3);
    IdentityNumbers after = open();
    assertThat(after.numberOf(labels("a", Map.of("b", "c")))).isEqualTo(plain);
    assertThat(after.numberOf(labels("a\tb=c", Map.of()))).isEqualTo(tab);
    assertThat(after.numberOf(labels("a\n999\tx", Map.of()))).isEqualTo(line);
  }

  @Test
  void savesOnlyWhatIsNew() throws Exception {
    IdentityNumbers numbers = open();
    numbers.save();
    assertThat(file()).doesNotExist();
    numbers.numberOf(labels("web", Map.of()));
    numbers.save();
    Files.delete(file());
    numbers.numberOf(labels("web", Map.of()));
    numbers.save();
    assertThat(file()).doesNotExist();
  }

  @Test
  void aDamagedFileStopsTheStart() throws Exception {
    for (String damaged :
        List.of(
            "something else\n",
            "weft identities 2\n",
            "weft identities 2\nnext\t7\n",
            "weft identities 2\nnext\t16777216\n",
            "weft identities 2\nnext\t300\n256",
            "weft identities 2\nnext\t300\nx\tshop\tweb\n",
            "weft identities 2\nnext\t300\n7\tshop\tweb\n",
            "weft identities 2\nnext\t300\n256\tshop\tweb\n256\tshop\tapi\n",
            "weft identities 2\nnext\t300\n256\tshop\tweb\n257\tshop\tweb\n")) {
      Files.writeString(file(), damaged);
      assertThatThrownBy(this::open)
          .as(damaged)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged");
    }
  }

  @Test
  void unusedNumbersAreForgottenOnlyWhenThereAreMany() throws Exception {
    IdentityNumbers numbers = open();
    Set<Integer> used = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      int number = numbers.numberOf(labels("sa" + i, Map.of()));
      if (i < 10) {
        used.add(number);
      }
      if (i == 100) {
        numbers.forgetUnused(() -> used);
        assertThat(numbers.numberOf(labels("sa50", Map.of()))).isEqualTo(306);
      }
    }
    numbers.forgetUnused(() -> used);

    assertThat(numbers.numberOf(labels("sa5", Map.of()))).isEqualTo(261);
    // Nobody gets a number that a late packet may still carry, as long as there are others.
    assertThat(numbers.numberOf(labels("sa50", Map.of()))).isEqualTo(20_256);
  }

  private static IdentityLabels labels(String account, Map<String, String> labels) {
    return new IdentityLabels("shop", account, labels);
  }

  private IdentityNumbers open() throws IOException {
    return new IdentityNumbers(new IdentityFile(file()));
  }

  private Path file() {
    return folder.resolve("identities");
  }
}
