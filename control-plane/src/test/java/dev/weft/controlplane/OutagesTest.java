package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import org.junit.jupiter.api.Test;

class OutagesTest {
  private final Outages outages = new Outages();

  @Test
  void anApiServerThatGoesAwayIsToldOnce() {
    assertThat(outages.failed(Kind.SERVICE, "Connection refused"))
        .isEqualTo(
            "Service cannot be followed, nor what fails alike; what was read stays in force, trying"
                + " on: Connection refused");
    assertThat(outages.failed(Kind.SECRET, "Connection refused")).isEmpty();
    assertThat(outages.failed(Kind.SERVICE, "Connection refused")).isEmpty();
    assertThat(outages.reason(Kind.SECRET)).isEqualTo("Connection refused");

    assertThat(outages.listed(Kind.SERVICE)).as("one of two").isEmpty();
    assertThat(outages.reason(Kind.SERVICE)).isEmpty();
    assertThat(outages.listed(Kind.SECRET)).isEqualTo("everything can be followed again");
    assertThat(outages.listed(Kind.SECRET)).isEmpty();
    assertThat(outages.failed(Kind.SERVICE, "Connection refused")).as("next time").isNotEmpty();
  }

  @Test
  void whatFailsForAnotherReasonIsToldToo() {
    outages.failed(Kind.SERVICE, "Connection refused");
    assertThat(outages.failed(Kind.SECRET, "secrets is forbidden"))
        .startsWith("Secret cannot be followed")
        .endsWith("secrets is forbidden");
  }
}
