package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpamTest {
  private static final PodNetwork NETWORK = PodNetwork.parse("10.244.1.0/28");

  private final Ipam ipam = new Ipam(NETWORK);

  @Test
  void givesEveryAddressOnceAndNeverTheReservedOnes() {
    Set<Integer> given = new HashSet<>();
    for (int i = 0; i < 13; i++) {
      given.add(ipam.allocate());
    }

    assertThat(given)
        .hasSize(13)
        .allMatch(NETWORK::contains)
        .doesNotContain(NETWORK.network(), NETWORK.network() + 1, NETWORK.network() + 15);
    assertThatExceptionOfType(AttachException.class)
        .isThrownBy(ipam::allocate)
        .withMessageContaining("no free address in 10.244.1.0/28");
  }

  @Test
  void usesAFreedAddressAsLateAsPossible() {
    int first = ipam.allocate();
    ipam.release(first);

    for (int i = 0; i < 12; i++) {
      assertThat(ipam.allocate()).isNotEqualTo(first);
    }
    assertThat(ipam.allocate()).isEqualTo(first);
  }

  @Test
  void leavesAdoptedAddressesAlone() {
    ipam.adopt(NETWORK.network() + 2);
    ipam.adopt(PodNetwork.parse("10.9.0.0/24").network() + 3);

    assertThat(ipam.allocate()).isEqualTo(NETWORK.network() + 3);
  }

  @Test
  void cannotBeTalkedIntoFreeingReservedAddresses() {
    ipam.release(NETWORK.network());
    ipam.release(NETWORK.network() + 15);

    assertThat(ipam.allocate()).isEqualTo(NETWORK.network() + 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.244.1.0", "10.244.1.0/x", "10.244.1.0/30", "10.244.1.1/24", "pods/24"})
  void refusesWhatIsNoPodNetwork(String cidr) {
    assertThatIllegalArgumentException().isThrownBy(() -> PodNetwork.parse(cidr));
  }
}
