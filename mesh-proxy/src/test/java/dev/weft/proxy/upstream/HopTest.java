package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HopTest {

  private static int mark(int identity) {
    return new Hop(1, 80, 2, identity, false, null, null).mark();
  }

  @Test
  void theMarkHoldsTheWholeIdentity() {
    assertThat(mark(0x12_3456)).isEqualTo(0x3456_0b12);
    assertThat(mark(0xff_ffff)).isEqualTo(0xffff_0bff);
    assertThat(mark(1 << 24 | 0x100))
        .as("a prefix, not the pods with number 256")
        .isEqualTo(0x0100_1b00)
        .isNotEqualTo(mark(0x100));
  }
}
