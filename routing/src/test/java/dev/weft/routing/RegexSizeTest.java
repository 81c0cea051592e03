package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexSizeTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((((x{100}){100}){100}){100})",
        "(x{1000}){1000}",
        "(?:a?){1000}",
        "[[:alpha:]x]{300}",
        "[^]x]{300}",
        "\\x{41}{300}",
        "(a|b){200,}",
        "\\Qaaaa\\E{300}",
        "{x{300}",
      })
  void saysWhatIsTooLarge(String expression) {
    assertThat(RegexSize.problem(expression)).contains("too large", expression);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/api/v[12]/.*", "x{200}", "a{,5}", "[a-z0-9-]{1,63}", "(", "\\"})
  void saysNothingOfTheOthers(String expression) {
    assertThat(RegexSize.problem(expression)).isNull();
  }

  @Test
  void aLongExpressionIsCutInTheMessage() {
    assertThat(RegexSize.problem("a".repeat(100_000))).hasSizeLessThan(200);
    assertThat(RegexSize.problem("(".repeat(100_000))).hasSizeLessThan(200);
  }
}
