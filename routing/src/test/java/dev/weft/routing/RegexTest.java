package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "/api/v[12]/.* /api/v",
        "/api/.* /api/",
        "^/a/b$ /a/b",
        "/ab? /a",
        "/ab* /a",
        "/ab+ /a",
        "/ab{2} /a",
        "/a\\.b/\\d /a.b/",
        "/a(b) /a",
        "/a|/b ''",
        "(?i)/a ''",
        ".* ''",
        "/a.b /a",
        "/plain /plain",
        "\\Q/a\\E ''",
      })
  void knowsHowEveryMatchBegins(String expression, String literal) {
    assertThat(Regex.of(expression).literal()).isEqualTo(literal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((((x{100}){100}){100}){100})",
        "(x{1000}){1000}",
        "(?:a?){1000}",
        "((a{20}){20})",
        "[[:alpha:]x]{300}",
        "[]x]{300}",
        "[^]x]{300}",
        "[\\]x]{300}",
        "\\x{41}{300}",
        "\\pL{300}",
        "(a|b){200,}",
        "\\Qaaaa\\E{300}",
        "x{300}{",
        "{x{300}",
        "a{,5}{300}"
      })
  void refusesWhatWouldTakeTheMemory(String expression) {
    assertThatThrownBy(() -> Regex.of(expression))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too large");
  }

  @Test
  void refusesLongExpressionsAtOnce() {
    assertThatThrownBy(() -> Regex.of("(".repeat(100_000))).hasMessageContaining("too large");
    assertThatThrownBy(() -> Regex.of("a".repeat(100_000))).hasMessageContaining("too large");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "/users/[a-zA-Z0-9_-]{1,64}/posts/\\d+",
        "(en|de|fr|it|es|pt)(-[A-Z]{2})?/.*",
        "a{b}",
        "\\Q{300}\\E"
      })
  void takesWhatPeopleWrite(String expression) {
    assertThat(Regex.of(expression).matches("no such value")).isFalse();
  }

  /**
   * The estimate may be too high, never too low by more than the few instructions every program
   * has.
   */
  @Test
  void neverUnderestimates() {
    Random random = new Random(9);
    String[] pieces = {
      "a",
      "b{3}",
      "(",
      ")",
      "[ab]",
      "[^]x]",
      "{2,5}",
      "{4}",
      "{2,}",
      "*",
      "+",
      "?",
      "|",
      "\\.",
      "\\d",
      "\\pL",
      "x{7}",
      "(?:",
      "[[:alpha:]]",
      "{",
      "}",
      "\\x{41}",
      "\\Qq{9}\\E",
      "^",
      "$",
      "é"
    };
    int compiled = 0;
    for (int i = 0; i < 30_000; i++) {
      StringBuilder expression = new StringBuilder();
      for (int n = random.nextInt(12); n > 0; n--) {
        expression.append(pieces[random.nextInt(pieces.length)]);
      }
      try {
        Regex.of(expression.toString());
      } catch (IllegalArgumentException e) {
        continue;
      }
      compiled++;
      assertThat(Pattern.compile(expression.toString()).programSize())
          .as("%s", expression)
          .isLessThanOrEqualTo(RegexSize.LIMIT + 8);
    }
    assertThat(compiled).isGreaterThan(3000);
  }
}
