package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpamTest {
  private static final Prefix NETWORK = Prefix.parse("10.244.1.0/28");

  private final Ipam ipam = new Ipam(NETWORK);

  @Test
  void givesEveryAddressOnceAndNeverTheReservedOnes() {
    Set<Ipv4> given = new HashSet<>();
    for (int i = 0; i < 13; i++) {
      given.add(ipam.allocate());
    }

    assertThat(given).hasSize(13).allMatch(NETWORK::contains).doesNotContain(at(0), at(1), at(15));
    assertThatExceptionOfType(AttachException.class)
        .isThrownBy(ipam::allocate)
        .withMessageContaining("no free address in 10.244.1.0/28");
  }

  @Test
  void usesAFreedAddressAsLateAsPossible() {
    Ipv4 first = ipam.allocate();
    ipam.release(first);

    for (int i = 0; i < 12; i++) {
      assertThat(ipam.allocate()).isNotEqualTo(first);
    }
    assertThat(ipam.allocate()).isEqualTo(first);
  }

  @Test
  void leavesAdoptedAddressesAlone() {
    ipam.adopt(at(2));
    ipam.adopt(Ipv4.parse("10.9.0.3"));

    assertThat(ipam.allocate()).isEqualTo(at(3));
  }

  @Test
  void cannotBeTalkedIntoFreeingReservedAddresses() {
    ipam.release(at(0));
    ipam.release(at(15));

    assertThat(ipam.allocate()).isEqualTo(at(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.244.1.0/30", "10.0.0.0/8"})
  void refusesNetworksThatAreTooSmallOrTooLarge(String cidr) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Ipam(Prefix.parse(cidr)));
  }

  private static Ipv4 at(int offset) {
    return new Ipv4(NETWORK.network().bits() + offset);
  }
}
