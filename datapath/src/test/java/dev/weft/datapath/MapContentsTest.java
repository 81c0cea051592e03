package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.DatapathState.Allow;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Direction;
import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Peer;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.RemoteNode;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.Entries.L7Key;
import dev.weft.datapath.Entries.PeerEntry;
import dev.weft.datapath.Entries.Pod;
import dev.weft.datapath.Entries.RuleKey;
import dev.weft.datapath.Entries.Service;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MapContentsTest {
  private static final Ipv4 NODE = Ipv4.parse("172.31.0.11");
  private static final Ipv4 OTHER = Ipv4.parse("172.31.0.12");
  private static final Ipv4 POD = Ipv4.parse("10.244.1.5");
  private static final DatapathOptions OPTIONS =
      new DatapathOptions(
          Path.of("/pins"),
          "eth0",
          NODE,
          Prefix.parse("10.244.1.0/24"),
          1450,
          DatapathOptions.ProxyPorts.DEFAULT,
          Optional.empty());
  private static final AttachedPod ATTACHED = new AttachedPod("c", "eth0", POD, "weft0a", 9);

  private static MapContents of(DatapathState state) {
    return MapContents.of(state, List.of(ATTACHED), OPTIONS);
  }

  private static DatapathState pods(Map<Ipv4, LocalPod> pods) {
    return new DatapathState(pods, Map.of(), Set.of(), Map.of(), Set.of(), Map.of());
  }

  private static DatapathState rules(NetworkRules rules) {
    return new DatapathState(Map.of(), Map.of(), Set.of(), Map.of(), Set.of(), Map.of(300, rules));
  }

  @Test
  void anAttachedPodNobodyKnowsIsInitAndOutsideOfTheMesh() {
    assertThat(of(DatapathState.EMPTY).pods())
        .containsExactly(Map.entry(POD, new Pod(9, 5, 0, Mac.ofPod(POD))));
  }

  @Test
  void aPodThatIsNotAttachedHasNoEntry() {
    MapContents contents =
        of(pods(Map.of(Ipv4.parse("10.244.1.6"), new LocalPod(300, Mesh.STRICT, Set.of(80)))));
    assertThat(contents.pods()).containsOnlyKeys(POD);
    assertThat(contents.l7Inbound()).isEmpty();
  }

  @Test
  void flagsFollowFromMeshAndL7() {
    MapContents contents = of(pods(Map.of(POD, new LocalPod(300, Mesh.STRICT, Set.of(80, 0)))));
    assertThat(contents.pods())
        .containsEntry(
            POD,
            new Pod(
                9,
                300,
                Entries.FLAG_MESH | Entries.FLAG_STRICT | Entries.FLAG_L7_INBOUND,
                Mac.ofPod(POD)));
    assertThat(contents.l7Inbound()).containsOnlyKeys(new L7Key(POD, 80), new L7Key(POD, 0));
  }

  @Test
  void prefixesInsideOfANodesNetworkLeadToThatNode() {
    Prefix remote = Prefix.parse("10.244.2.7/32");
    Prefix block = Prefix.parse("192.0.2.0/24");
    Ipv4 gateway = Ipv4.parse("192.0.2.80");
    MapContents contents =
        of(
            new DatapathState(
                Map.of(),
                Map.of(
                    remote, new Peer(301, Mesh.PERMISSIVE),
                    block, new Peer((1 << 24) | 1, Mesh.NONE)),
                Set.of(new RemoteNode(OTHER, Prefix.parse("10.244.2.0/24"))),
                Map.of(),
                Set.of(gateway),
                Map.of()));
    assertThat(contents.prefixes())
        .containsOnly(
            Map.entry(Prefix.parse("10.244.2.0/24"), new PeerEntry(0, 0, OTHER)),
            Map.entry(remote, new PeerEntry(301, Entries.FLAG_MESH, OTHER)),
            Map.entry(block, new PeerEntry((1 << 24) | 1, 0, PeerEntry.NO_NODE)),
            Map.entry(
                Prefix.host(gateway),
                new PeerEntry((1 << 24) | 1, Entries.FLAG_GATEWAY, PeerEntry.NO_NODE)),
            Map.entry(Prefix.host(OTHER), new PeerEntry(6, 0, PeerEntry.NO_NODE)),
            Map.entry(Prefix.host(NODE), new PeerEntry(1, 0, PeerEntry.NO_NODE)),
            Map.entry(Prefix.host(PodAttachment.GATEWAY), new PeerEntry(1, 0, PeerEntry.NO_NODE)));
    assertThat(contents.nodes()).containsOnlyKeys(OTHER);
  }

  @Test
  void aNodeMayHaveSeveralPodNetworks() {
    MapContents contents =
        of(
            new DatapathState(
                Map.of(),
                Map.of(),
                Set.of(
                    new RemoteNode(OTHER, Prefix.parse("10.244.2.0/24")),
                    new RemoteNode(OTHER, Prefix.parse("10.244.3.0/24"))),
                Map.of(),
                Set.of(),
                Map.of()));
    assertThat(contents.nodes()).containsOnlyKeys(OTHER);
    assertThat(contents.prefixes())
        .containsKeys(Prefix.parse("10.244.2.0/24"), Prefix.parse("10.244.3.0/24"));
  }

  @Test
  void rulesBecomePrefixesOfProtocolAndPort() {
    MapContents contents =
        of(
            rules(
                new NetworkRules(
                    true,
                    true,
                    Set.of(
                        new Allow(Direction.INGRESS, 301, 6, 80, 0),
                        new Allow(Direction.INGRESS, 302, 17, 0, 0),
                        new Allow(Direction.INGRESS, 303, 0, 0, 0),
                        new Allow(Direction.EGRESS, 0, 6, 8080, 8081)))));
    assertThat(contents.isolation()).containsExactly(Map.entry(300, 3));
    assertThat(contents.rules())
        .containsOnlyKeys(
            new RuleKey(96, 300, 301, RuleKey.INGRESS, 6, 80),
            new RuleKey(80, 300, 302, RuleKey.INGRESS, 17, 0),
            new RuleKey(72, 300, 303, RuleKey.INGRESS, 0, 0),
            new RuleKey(72, 300, 0, RuleKey.EGRESS_SOMEWHERE, 0, 0),
            new RuleKey(95, 300, 0, RuleKey.EGRESS, 6, 8080));
  }

  @Test
  void aPortWithoutProtocolIsTcpAndUdp() {
    MapContents contents =
        of(rules(new NetworkRules(true, false, Set.of(new Allow(Direction.INGRESS, 1, 0, 53, 0)))));
    assertThat(contents.rules().keySet()).extracting(RuleKey::protocol).containsOnly(6, 17);
  }

  @Test
  void rulesOfADirectionThatIsNotIsolatedNeedNoEntry() {
    MapContents contents =
        of(rules(new NetworkRules(false, false, Set.of(new Allow(Direction.EGRESS, 1, 6, 53, 0)))));
    assertThat(contents.rules()).isEmpty();
    assertThat(contents.isolation()).isEmpty();
  }

  @Test
  void theFingerprintDependsOnTheSetOfBackendsOnly() {
    Backend one = new Backend(POD, 80);
    Backend two = new Backend(OTHER, 80);
    assertThat(service(one, two)).isEqualTo(service(two, one, two));
    assertThat(service(one, two)).isNotEqualTo(service(one));
    assertThat(service(one).slots()).isEqualTo(1021);
    assertThat(service().slots()).isZero();
  }

  private static Service service(Backend... backends) {
    ServicePort port = new ServicePort(Ipv4.parse("10.96.0.1"), 80, Protocol.TCP);
    Service service =
        of(new DatapathState(
                Map.of(),
                Map.of(),
                Set.of(),
                Map.of(port, new ServiceTarget(false, false, List.of(backends))),
                Set.of(),
                Map.of()))
            .services()
            .get(port);
    assertThat(service).isNotNull();
    return service;
  }

  @Test
  void diffHoldsOnlyWhatDiffers() {
    Diff<String, Integer> diff =
        Diff.of(
            Map.of("same", 1, "changed", 1, "gone", 1), Map.of("same", 1, "changed", 2, "new", 3));
    assertThat(diff.puts()).containsOnly(Map.entry("changed", 2), Map.entry("new", 3));
    assertThat(diff.removals()).containsOnly("gone");
    assertThat(Diff.of(Map.of("same", 1), Map.of("same", 1)).isEmpty()).isTrue();
  }
}
