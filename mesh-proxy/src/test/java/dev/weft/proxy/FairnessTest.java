package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who is refused when a loop is busy. */
class FairnessTest {
  private final Shares shares = new Shares(new ProxyOptions.Fairness(3, 10, 12));

  @Test
  void limitsConnectionsOfASource() {
    Shares.Usage flooder = shares.opened(1);
    for (int i = 1; i < 4; i++) {
      assertThat(shares.fits(flooder)).isTrue();
      assertThat(shares.opened(1)).isSameAs(flooder);
    }
    assertThat(shares.fits(flooder)).isFalse();
    assertThat(shares.fits(shares.opened(2))).isTrue();
    shares.closed(flooder);
    assertThat(shares.fits(flooder)).isTrue();
  }

  @Test
  void limitsRequestsOfASource() {
    Shares.Usage flooder = shares.opened(1);
    for (int i = 0; i < 10; i++) {
      assertThat(shares.begin(flooder)).isTrue();
    }
    assertThat(shares.begin(flooder)).isFalse();
    assertThat(flooder.requests()).isEqualTo(10);
    shares.end(flooder);
    assertThat(shares.begin(flooder)).isTrue();
  }

  @Test
  void refusesTheFlooderBeforeAnyoneElse() {
    Shares.Usage flooder = shares.opened(1);
    Shares.Usage other = shares.opened(2);
    for (int i = 0; i < 9; i++) {
      assertThat(shares.begin(flooder)).isTrue();
    }
    for (int i = 0; i < 3; i++) {
      assertThat(shares.begin(other)).isTrue();
    }
    // 12 on their way: from here on it is 6 for each of the two.
    assertThat(shares.begin(flooder)).isFalse();
    assertThat(shares.begin(other)).isTrue();
    assertThat(shares.begin(other)).isTrue();
    assertThat(shares.begin(other)).isTrue();
    assertThat(shares.begin(other)).isFalse();
    assertThat(shares.requests()).isEqualTo(15);
  }
}
