package dev.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostsTest {

  @ParameterizedTest
  @CsvSource({
    "example.com,        example.com",
    "example.com:8080,   example.com",
    "EXAMPLE.Com:80,     example.com",
    "example.com.,       example.com",
    "example.com.:80,    example.com",
    "example.com:,       example.com",
    "10.0.0.1:80,        10.0.0.1",
    "[::1],              [::1]",
    "[::1]:80,           [::1]",
    "[2001:DB8::1]:443,  [2001:db8::1]",
  })
  void takesTheHostOfAnAuthority(String authority, String expected) {
    assertThat(Hosts.host(authority)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":80",
        "a b",
        "a:b",
        "a:80:90",
        "a:123456",
        "[::1",
        "[::1]x",
        "user@a",
        "a/b",
        "a?b",
        "a#b",
        "a\\b",
        "a,b",
        "a\u0000",
        "é.com",
        "a\r\nb"
      })
  void refusesWhatIsNoAuthority(String authority) {
    assertThat(Hosts.host(authority)).isNull();
  }

  @Test
  void refusesEndlessNames() {
    assertThat(Hosts.host("a.".repeat(200) + "com")).isNull();
  }

  @Test
  void keepsTheInstanceWhereNothingChanges() {
    String host = "example.com";

    assertThat(Hosts.host(host)).isSameAs(host);
  }
}
