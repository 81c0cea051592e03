package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.Ipv4;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AnnouncersTest {
  private static final Set<String> NODES = Set.of("n1", "n2", "n3");

  private static Set<Ipv4> addresses() {
    Set<Ipv4> addresses = new HashSet<>();
    for (int i = 1; i < 250; i++) {
      addresses.add(new Ipv4(Ipv4.parse("10.77.1.0").bits() + i));
    }
    return addresses;
  }

  @Test
  void everyAddressHasOneNode() {
    Set<Ipv4> all = new HashSet<>();
    int sum = 0;
    for (String node : NODES) {
      Set<Ipv4> own = Announcers.of(addresses(), NODES, node);
      assertThat(own.size()).isBetween(50, 120);
      all.addAll(own);
      sum += own.size();
    }
    assertThat(all).isEqualTo(addresses()).hasSize(sum);
  }

  @Test
  void aNodeThatGoesMovesItsOwnAddressesOnly() {
    Map<Ipv4, String> before =
        addresses().stream()
            .collect(
                Collectors.toMap(
                    Function.identity(), address -> Announcers.winner(address, NODES)));
    before.forEach(
        (address, winner) -> {
          String after = Announcers.winner(address, Set.of("n1", "n3"));
          assertThat(after).isNotEqualTo("n2");
          if (!winner.equals("n2")) {
            assertThat(after).isEqualTo(winner);
          }
        });
  }

  @Test
  void nobodyAnswersWithoutNodes() {
    assertThat(Announcers.of(addresses(), Set.of(), "n1")).isEmpty();
  }
}
