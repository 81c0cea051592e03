package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
  private static AddressPool pool(String range, Map<String, String> assigned) {
    return new AddressPool(World.cidr(range), assigned);
  }

  @Test
  void givesEachGatewayOneAddressUntilThereAreNoMore() {
    AddressPool pool = pool("172.31.255.0/29", Map.of());
    Set<String> given = new HashSet<>();
    for (int i = 0; i < 6; i++) {
      String address = pool.addressOf("ns", "g" + i);
      assertThat(address).isEqualTo(pool.addressOf("ns", "g" + i));
      given.add(String.valueOf(address));
    }

    assertThat(given)
        .hasSize(6)
        .doesNotContain("172.31.255.0", "172.31.255.7", "null")
        .allSatisfy(address -> assertThat(pool.contains(address)).isTrue());
    assertThat(pool.addressOf("ns", "g6")).isNull();

    pool.retain(Set.of("ns/g0"));
    assertThat(pool.addressOf("ns", "g6")).isNotNull();
    assertThat(pool.assigned()).containsOnlyKeys("ns/g0", "ns/g6");
  }

  @Test
  void keepsWhatAnEarlierLifeGave() {
    AddressPool first = pool("172.31.255.0/24", Map.of());
    String address = first.addressOf("ns", "a");
    AddressPool second = pool("172.31.255.0/24", first.assigned());
    AddressPool moved = pool("10.0.0.0/24", first.assigned());

    assertThat(second.addressOf("ns", "a")).isEqualTo(address);
    assertThat(moved.addressOf("ns", "a")).startsWith("10.0.0.");
    assertThat(pool("172.31.255.0/24", Map.of()).addressOf("ns", "a"))
        .as("the first choice depends on the name alone")
        .isEqualTo(address);
  }

  @Test
  void refusesRangesThatHoldNoAddresses() {
    assertThatThrownBy(() -> pool("10.0.0.0/31", Map.of())).hasMessageContaining("8 to 30 bits");
    assertThatThrownBy(() -> pool("fd00::/64", Map.of())).hasMessageContaining("IPv4");
  }
}
