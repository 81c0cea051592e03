package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Away;
import dev.weft.api.v1.Node;
import dev.weft.api.v1.Resource;
import dev.weft.datapath.Ipv4;
import dev.weft.routing.MeshView;
import java.util.HashSet;
import java.util.List;
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
  void whoIsAwayDoesNotAnswer() {
    MeshView all = MeshView.empty().with(List.of(node("n1"), node("n2"), node("n3")), List.of());
    assertThat(Announcers.able(all)).isEqualTo(NODES);
    assertThat(Announcers.away(all)).isEmpty();

    MeshView without = all.with(List.of(away("n2", "n7")), List.of());
    assertThat(Announcers.able(without)).containsExactlyInAnyOrder("n1", "n3");
    assertThat(Announcers.away(without)).containsExactly("n2", "n7");
  }

  @Test
  void connectionsThatItDoesNotKnowBelongToWhoAnsweredBefore() {
    MeshView all = MeshView.empty().with(List.of(node("n1"), node("n2"), node("n3")), List.of());
    for (Ipv4 address : addresses()) {
      String first = Announcers.winner(address, NODES);
      Set<String> others = new HashSet<>(NODES);
      others.remove(first);
      String second = Announcers.winner(address, others);
      assertThat(Announcers.former(all, Set.of(address), first))
          .as("it has come back")
          .containsExactly(Map.entry(address, address(second)));

      MeshView leaving = all.with(List.of(away(List.of(first), List.of(first))), List.of());
      assertThat(Announcers.former(leaving, Set.of(address), second))
          .containsExactly(Map.entry(address, address(first)));

      others.remove(second);
      MeshView dead = all.with(List.of(away(first)), List.of());
      assertThat(Announcers.former(dead, Set.of(address), second))
          .as("the dead know nothing")
          .containsExactly(Map.entry(address, address(others.iterator().next())));
      assertThat(Announcers.absent(dead, Set.of(address), second))
          .as("but their programs do")
          .containsExactly(Map.entry(address, address(first)));
      assertThat(Announcers.absent(all, Set.of(address), first)).isEmpty();
      assertThat(
              Announcers.absent(all.with(List.of(away(second)), List.of()), Set.of(address), first))
          .as("who would not have answered")
          .isEmpty();
    }
    assertThat(Announcers.former(all, Set.of(), "n1")).isEmpty();
    MeshView alone = MeshView.empty().with(List.of(node("n1")), List.of());
    assertThat(Announcers.former(alone, addresses(), "n1")).isEmpty();
  }

  private static Ipv4 address(String node) {
    return Ipv4.of(node(node).getNode().getAddress().toByteArray());
  }

  static Resource node(String name) {
    return Resource.newBuilder()
        .setName("node/" + name)
        .setVersion("1")
        .setNode(
            Node.newBuilder()
                .setName(name)
                .setAddress(ByteString.copyFrom(new byte[] {10, 1, 0, (byte) name.charAt(1)}))
                .setPodNetwork(ByteString.copyFrom(new byte[] {10, 0, 0, 0}))
                .setPodPrefixLength(24))
        .build();
  }

  static Resource away(String... nodes) {
    return away(List.of(nodes), List.of());
  }

  static Resource away(List<String> nodes, List<String> leaving) {
    return Resource.newBuilder()
        .setName("away")
        .setVersion(nodes + " " + leaving)
        .setAway(Away.newBuilder().addAllNodes(nodes).addAllLeaving(leaving))
        .build();
  }

  @Test
  void nobodyAnswersWithoutNodes() {
    assertThat(Announcers.of(addresses(), Set.of(), "n1")).isEmpty();
  }
}
