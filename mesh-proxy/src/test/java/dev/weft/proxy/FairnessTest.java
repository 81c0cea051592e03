package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who is refused when a loop is busy. */
class FairnessTest {
  private final Shares shares = new Shares(new ProxyOptions.Fairness(3, 8, 10, 12));

  @Test
  void limitsConnectionsOfASource() {
    Shares.Usage flooder = shares.opened(1, false);
    for (int i = 1; i < 4; i++) {
      assertThat(shares.fits(flooder)).isTrue();
      assertThat(shares.opened(1, false)).isSameAs(flooder);
    }
    assertThat(shares.fits(flooder)).isFalse();
    assertThat(shares.fits(shares.opened(2, false))).isTrue();
    shares.closed(flooder);
    assertThat(shares.fits(flooder)).isTrue();
  }

  @Test
  void limitsRequestsOfASource() {
    Shares.Usage flooder = shares.opened(1, false);
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
    Shares.Usage flooder = shares.opened(1, false);
    Shares.Usage other = shares.opened(2, false);
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

  @Test
  void outsidersTogetherHaveALimitAndPodsAreNotConcerned() {
    Shares.Usage flooder = shares.opened(100, true);
    shares.opened(100, true);
    shares.opened(100, true);
    assertThat(shares.fits(flooder)).as("half of the places are free").isTrue();
    for (int address = 101; address <= 105; address++) {
      assertThat(shares.fits(shares.opened(address, true))).isTrue();
    }
    assertThat(shares.fits(flooder)).as("more than its share of the places").isFalse();

    Shares.Usage ninth = shares.opened(106, true);
    assertThat(shares.fits(ninth)).as("no place is left").isFalse();
    Shares.Usage pod = shares.opened(1, false);
    assertThat(shares.fits(pod)).isTrue();

    shares.closed(ninth);
    shares.closed(flooder);
    assertThat(shares.fits(shares.opened(106, true))).isTrue();
  }
}
