package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathsTest {

  @ParameterizedTest
  @CsvSource({
    "/,                        /",
    "/a/b?c=/../d,             /a/b?c=/../d",
    "/a/./b,                   /a/b",
    "/a/../b,                  /b",
    "/a/b/..,                  /a/",
    "/a/b/.,                   /a/b/",
    "/a/b/../,                 /a/",
    "/a/b/../../c,             /c",
    "/.,                       /",
    "/..a/.b/...,              /..a/.b/...",
    "/%2e%2E/admin,            ",
    "/public/%2e%2e/admin,     /admin",
    "/public/.%2e/admin?q,     /admin?q",
    "/%61dmin,                 /admin",
    "/a%2fb,                   /a%2Fb",
    "/a%5cb,                   /a%5Cb",
    "/a\\b\\..\\c,             /a/c",
    "/a//b,                    /a//b",
    "//a/../b,                 //b",
    "/a%20b,                   /a%20b",
    "/%7Euser,                 /~user",
    "/a#frag,                  /a",
    "/a?x#frag,                /a?x",
    "/a#frag?x,                /a",
    "/.well-known/x,           /.well-known/x",
    "/..,                      ",
    "/../a,                    ",
    "/a/../../b,               ",
    "/%,                       ",
    "/%4,                      ",
    "/%zz,                     ",
    "/%00,                     ",
    "*,                        *",
  })
  void normalises(String target, String expected) {
    assertThat(Paths.normalise(target)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "http://a/",
        "/a b",
        "/a\tb",
        "/a?b c",
        "/a\u0000",
        "/a?\n",
        "/a\u007f",
        "?a"
      })
  void refusesWhatIsNoTarget(String target) {
    assertThat(Paths.normalise(target)).isNull();
  }

  @Test
  void keepsTheInstanceWhereNothingChanges() {
    String target = "/api/v1/items?page=3&x=%20";

    assertThat(Paths.normalise(target)).isSameAs(target);
  }

  @Test
  void isIdempotentAndNeverLeavesDotSegments() {
    Random random = new Random(11);
    String[] pieces = {"/", "..", ".", "a", "%2e", "%2F", "\\", "%61", "//", "?", "#", "%", "b"};
    for (int i = 0; i < 20_000; i++) {
      StringBuilder target = new StringBuilder("/");
      for (int n = random.nextInt(8); n > 0; n--) {
        target.append(pieces[random.nextInt(pieces.length)]);
      }
      String once = Paths.normalise(target.toString());
      if (once != null) {
        assertThat(Paths.normalise(once)).as("%s", target).isEqualTo(once);
        String path = once.substring(0, Paths.pathLength(once));
        assertThat(path + "/").startsWith("/").doesNotContain("/../", "/./", "\\", "#");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/shop/a%20b?x,  /shop/a%20b?x",
    "/caf\u00e9,     /caf%C3%A9",
    "/a b,           /a%20b",
    "/a#b,           /a%23b",
    "/\ud83d\ude00,  /%F0%9F%98%80",
  })
  void escapesWhatAUserWrote(String path, String expected) {
    assertThat(Paths.encoded(path)).isEqualTo(expected);
    assertThat(Paths.encoded("/\r\nx")).isEqualTo("/%0D%0Ax");
  }
}
