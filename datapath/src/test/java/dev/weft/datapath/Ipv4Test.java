package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Ipv4Test {
  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "10.244.1.5", "255.255.255.255", "169.254.1.1"})
  void readsWhatItWrites(String text) {
    Ipv4 address = Ipv4.parse(text);
    assertThat(address).hasToString(text);
    assertThat(Ipv4.of(address.toBytes())).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "a.b.c.d",
        "1..2.3",
        "-1.2.3.4",
        "1.2.3.4 ",
        "999999999999.1.1.1"
      })
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> Ipv4.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void ordersUnsigned() {
    assertThat(Ipv4.parse("200.0.0.1")).isGreaterThan(Ipv4.parse("10.0.0.1"));
  }

  @Test
  void prefixesClearHostBits() {
    Prefix prefix = Prefix.parse("10.1.2.3/16");
    assertThat(prefix).hasToString("10.1.0.0/16");
    assertThat(prefix.contains(Ipv4.parse("10.1.255.255"))).isTrue();
    assertThat(prefix.contains(Ipv4.parse("10.2.0.0"))).isFalse();
    assertThat(Prefix.parse("0.0.0.0/0").contains(Ipv4.parse("255.1.1.1"))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "/8", "10.0.0.0/", "x/8"})
  void refusesBrokenPrefixes(String text) {
    assertThatThrownBy(() -> Prefix.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
