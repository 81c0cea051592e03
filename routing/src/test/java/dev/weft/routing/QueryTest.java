package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryTest {

  @ParameterizedTest
  @CsvSource({
    "/?a=1,              1",
    "/?b=2&a=1,          1",
    "/?a=1&a=2,          1",
    "/?a,                ''",
    "/?a=,               ''",
    "/?a&b,              ''",
    "/?aa=1&a=2,         2",
    "/?A=1,              ",
    "/,                  ",
    "/?,                 ",
    "/?b=a=1,            ",
    "/?a=x%20y+z,        x y z",
    "/?%61=1,            1",
    "/?a=%zz%4,          %zz%4",
    "/?a=b=c,            b=c",
    "/?a=%C3%A9,         é",
  })
  void findsTheFirstValue(String target, String expected) {
    assertThat(Query.value(target, Paths.pathLength(target), "a")).isEqualTo(expected);
  }
}
