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
      String address = pool.addressOf("ns", "g" + i, 0);
      assertThat(address).isEqualTo(pool.addressOf("ns", "g" + i, 0));
      given.add(String.valueOf(address));
    }

    assertThat(given)
        .hasSize(6)
        .doesNotContain("172.31.255.0", "172.31.255.7", "null")
        .allSatisfy(address -> assertThat(pool.contains(address)).isTrue());
    assertThat(pool.addressOf("ns", "g6", 0)).isNull();

    pool.retain(Map.of("ns/g0", 1));
    assertThat(pool.addressOf("ns", "g6", 0)).isNotNull();
    assertThat(pool.assigned()).containsOnlyKeys("ns/g0", "ns/g6");
  }

  @Test
  void keepsWhatAnEarlierLifeGave() {
    AddressPool first = pool("172.31.255.0/24", Map.of());
    String address = first.addressOf("ns", "a", 0);
    AddressPool second = pool("172.31.255.0/24", first.assigned());
    AddressPool moved = pool("10.0.0.0/24", first.assigned());

    assertThat(second.addressOf("ns", "a", 0)).isEqualTo(address);
    assertThat(moved.addressOf("ns", "a", 0)).startsWith("10.0.0.");
    assertThat(pool("172.31.255.0/24", Map.of()).addressOf("ns", "a", 0))
        .as("the first choice depends on the name alone")
        .isEqualTo(address);
  }

  @Test
  void theLowestAreForThoseWhoAskForThem() {
    AddressPool pool = pool("10.0.0.0/24", Map.of());
    for (int i = 0; i < 254; i++) {
      String address = String.valueOf(pool.addressOf("ns", "g" + i, 0));
      int last = Integer.parseInt(address.substring(address.lastIndexOf('.') + 1));
      assertThat(last > 16).as(address).isEqualTo(i < 238);
    }
    assertThat(pool.addressOf("ns", "g254", 0)).isNull();
  }

  @Test
  void aGatewayMayHaveSeveral() {
    AddressPool pool = pool("10.0.0.0/24", Map.of());
    String first = pool.addressOf("ns", "g", 0);
    String second = pool.addressOf("ns", "g", 1);

    assertThat(first).isNotNull().isNotEqualTo(second);
    pool.retain(Map.of("ns/g", 2));
    assertThat(pool.addressOf("ns", "g", 1)).isEqualTo(second);
    pool.retain(Map.of("ns/g", 1));
    assertThat(pool.assigned()).containsOnlyKeys("ns/g");
  }

  @Test
  void whatAGatewayHasItMayAskFor() {
    AddressPool pool = pool("10.0.0.0/24", Map.of());
    String had = String.valueOf(pool.addressOf("ns", "g", 0));
    pool.retain(Map.of("ns/g", 1));

    assertThat(pool.claim("ns/g", had)).isTrue();
    assertThat(pool.claim("ns/other", had)).isFalse();
    assertThat(pool.addressOf("ns", "g", 0)).isNotNull().isNotEqualTo(had);
  }

  @Test
  void refusesRangesThatHoldNoAddresses() {
    assertThatThrownBy(() -> pool("10.0.0.0/31", Map.of())).hasMessageContaining("8 to 30 bits");
    assertThatThrownBy(() -> pool("fd00::/64", Map.of())).hasMessageContaining("IPv4");
  }
}
