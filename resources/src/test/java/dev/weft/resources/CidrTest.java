package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/8, 10.0.0.0/8",
    "0.0.0.0/0, 0.0.0.0/0",
    "255.255.255.255/32, 255.255.255.255/32",
    "192.0.2.129/25, 192.0.2.128/25",
    "2001:db8::1/32, 2001:db8:0:0:0:0:0:0/32",
  })
  void readsPrefixesAndClearsTheRest(String text, String canonical) {
    assertThat(Cidr.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0/8",
        "10.0.0.256/8",
        "010.0.0.0/8",
        "10.0.0.0/08",
        "10.0.0.0/-1",
        "10.0.0.0/",
        "/8",
        "example.com/8",
        "::/129",
        ":::/1",
        "1/8",
        "",
        "%/1",
        "10.0.0.0/99999999999"
      })
  void refusesWhatIsNone(String text) {
    assertThat(Cidr.parse(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.1.0.0/16, true",
    "10.0.0.0/8, 10.0.0.0/8, true",
    "10.1.0.0/16, 10.0.0.0/8, false",
    "10.0.0.0/8, 11.0.0.0/16, false",
    "0.0.0.0/0, 1.2.3.4/32, true",
    "0.0.0.0/0, ::/0, false",
  })
  void contains(String wide, String narrow, boolean expected) {
    Cidr outer = Cidr.parse(wide);
    Cidr inner = Cidr.parse(narrow);
    assertThat(outer).isNotNull();
    assertThat(inner).isNotNull();
    assertThat(outer.contains(inner)).isEqualTo(expected);
  }

  @Test
  void addressesAreNumbersOnly() {
    assertThat(Cidr.ipv4("10.0.0.1")).containsExactly(10, 0, 0, 1);
    assertThat(Cidr.ipv4("::1")).isNull();
    assertThat(Cidr.address("localhost")).as("never asks a name server").isNull();
    assertThat(Cidr.ofAddress("10.0.0.1")).hasToString("10.0.0.1/32");
  }
}
