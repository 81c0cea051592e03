package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.CidrIdentity;
import dev.weft.api.v1.NetworkRules;
import dev.weft.resources.Cidr;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkPolicyTest {
  /** Identities: 300 db, 301 web and 302 web2 in shop; 400 web in other; 500 in bare. */
  private static final String[] PODS = {
    PolicyWorld.namespace("shop", "team: a"),
    PolicyWorld.namespace("other", "team: b"),
    PolicyWorld.pod("shop", 300, "app: db", 5432),
    PolicyWorld.pod("shop", 301, "app: web, tier: front", 8080),
    PolicyWorld.pod("shop", 302, "app: web", 8081),
    PolicyWorld.pod("other", 400, "app: web", 8082),
    PolicyWorld.pod("bare", 500, "app: web", 8083)
  };

  private static String policy(String name, String spec) {
    return """
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: %s, namespace: shop}
    spec: %s
    """
        .formatted(name, spec);
  }

  private static PolicyWorld world(String... specs) {
    PolicyWorld world = new PolicyWorld(PODS);
    for (int i = 0; i < specs.length; i++) {
      world.apply(policy("p" + i, specs[i]));
    }
    return world;
  }

  /** "in" or "out", peer, protocol, ports; without the rule for the Pod's own node. */
  private static Set<String> rules(PolicyWorld world, int identity) {
    Set<String> texts = new TreeSet<>();
    for (NetworkRules.Rule rule :
        world.resource("networkrules/" + identity).getNetworkRules().getRulesList()) {
      if (rule.getPeer() != 1) {
        texts.add(
            (rule.getEgress() ? "out " : "in ")
                + rule.getPeer()
                + "/"
                + rule.getProtocol()
                + "/"
                + rule.getPort()
                + (rule.getEndPort() == 0 ? "" : "-" + rule.getEndPort()));
      }
    }
    return texts;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        // spec | rules of 300
        "{podSelector: {}} | -",
        "{podSelector: {}, ingress: []} | -",
        "{podSelector: {}, ingress: [{}]} | in 0/0/0",
        "{podSelector: {}, policyTypes: [Ingress]} | -",
        "{podSelector: {}, policyTypes: [Egress]} | -",
        "{podSelector: {}, policyTypes: [Egress], egress: [{}]} | out 0/0/0",
        "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]} | in 300/0/0,in 301/0/0,in 302/0/0",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]} | in 301/0/0,in 302/0/0",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: tier, operator: Exists}]}}]}]} | in 301/0/0",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}]}]} | in 300/0/0,in 302/0/0",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}]}]} | in 300/0/0",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]} | in 300/0/0,in 301/0/0,in 302/0/0,in 400/0/0,in 500/0/0",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]} | in 400/0/0",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: bare}}}]}]} | in 500/0/0",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {tier: front}}}]}]} | in 301/0/0",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}, {podSelector: {matchLabels: {tier: front}}}]}]} | in 301/0/0,in 400/0/0",
        "{podSelector: {}, ingress: [{ports: [{port: 80}]}]} | in 0/6/80",
        "{podSelector: {}, ingress: [{ports: [{port: 53, protocol: UDP}]}]} | in 0/17/53",
        "{podSelector: {}, ingress: [{ports: [{port: 53, protocol: SCTP}]}]} | -",
        "{podSelector: {}, ingress: [{ports: [{protocol: TCP}]}]} | in 0/6/0",
        "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]} | in 0/6/80-90",
        "{podSelector: {}, ingress: [{ports: [{port: http}]}]} | in 0/6/5432",
        "{podSelector: {}, ingress: [{ports: [{port: dns, protocol: UDP}]}]} | in 0/17/5353",
        "{podSelector: {}, ingress: [{ports: [{port: dns}]}]} | -",
        "{podSelector: {}, egress: [{to: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: http}]}]} | out 301/6/8080,out 302/6/8081",
        "{podSelector: {}, egress: [{ports: [{port: http}]}]} | out 300/6/5432,out 301/6/8080,out 302/6/8081,out 400/6/8082,out 500/6/8083",
        "{podSelector: {}, egress: [{to: [{podSelector: {matchLabels: {tier: front}}}], ports: [{port: 1}, {port: 2}]}]} | out 301/6/1,out 301/6/2",
      })
  void selectorsAndPortsBecomeNumbers(String spec, String expected) {
    assertThat(rules(world(spec), 300))
        .isEqualTo(expected == null ? Set.of() : Set.of(expected.split(",", -1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // spec | ingress isolated | egress isolated
        "{podSelector: {}} | true | false",
        "{podSelector: {}, egress: [{}]} | true | true",
        "{podSelector: {}, ingress: [{}]} | true | false",
        "{podSelector: {}, policyTypes: [Egress]} | false | true",
        "{podSelector: {}, policyTypes: [Ingress, Egress]} | true | true",
        "{podSelector: {}, policyTypes: [Ingress], egress: [{}]} | true | false",
      })
  void policyTypesDefault(String spec, boolean ingress, boolean egress) {
    NetworkRules rules = world(spec).resource("networkrules/300").getNetworkRules();

    assertThat(rules.getIngressIsolated()).isEqualTo(ingress);
    assertThat(rules.getEgressIsolated()).isEqualTo(egress);
  }

  @Test
  void onlySelectedIdentitiesOfTheNamespaceAreIsolated() {
    PolicyWorld world = world("{podSelector: {matchLabels: {app: web}}}");

    assertThat(world.resources()).containsOnlyKeys("networkrules/301", "networkrules/302");
  }

  @Test
  void aPodsOwnNodeAlwaysReachesIt() {
    NetworkRules rules =
        world("{podSelector: {}, policyTypes: [Ingress, Egress]}")
            .resource("networkrules/300")
            .getNetworkRules();

    assertThat(rules.getRulesList())
        .containsExactlyInAnyOrder(
            NetworkRules.Rule.newBuilder().setPeer(1).build(),
            NetworkRules.Rule.newBuilder().setPeer(1).setEgress(true).build());
  }

  @Test
  void policiesAdd() {
    PolicyWorld world =
        world(
            "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}",
            "{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 81}, {port: 80}]}]}");

    assertThat(rules(world, 300)).containsExactlyInAnyOrder("in 0/6/80", "in 0/6/81");
    assertThat(rules(world, 301)).containsExactly("in 0/6/80");
  }

  /** What the datapath does: the longest prefix gives the address its number, or the world. */
  private static boolean admits(PolicyWorld world, int identity, String address) {
    Cidr single = Objects.requireNonNull(Cidr.ofAddress(address));
    int number = 2;
    int best = -1;
    for (var resource : world.resources().values()) {
      if (resource.hasCidr()) {
        CidrIdentity cidr = resource.getCidr();
        Cidr prefix = Objects.requireNonNull(Cidr.parse(resource.getName().substring(5)));
        assertThat(cidr.getNumber() >>> 24).as("bit 24 and no higher one").isEqualTo(1);
        if (prefix.contains(single) && prefix.length() > best) {
          best = prefix.length();
          number = cidr.getNumber();
        }
      }
    }
    int found = number;
    return world.resource("networkrules/" + identity).getNetworkRules().getRulesList().stream()
        .anyMatch(rule -> rule.getPeer() == found || rule.getPeer() == 0);
  }

  @Test
  void theMostSpecificPrefixDecidesAboutAnAddress() {
    PolicyWorld world =
        world(
            "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]}",
            // Another policy's prefixes cut holes into the first one's, which must not matter.
            "{podSelector: {matchLabels: {tier: front}}, ingress: [{from: [{ipBlock: {cidr: 10.2.0.0/16}}, {ipBlock: {cidr: 10.1.9.0/24}}]}]}",
            "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}");

    assertThat(List.of("10.0.0.1", "10.2.0.1", "10.255.255.255"))
        .allSatisfy(address -> assertThat(admits(world, 300, address)).isTrue());
    assertThat(List.of("10.1.0.1", "10.1.9.1", "11.0.0.1"))
        .allSatisfy(address -> assertThat(admits(world, 300, address)).isFalse());
    assertThat(List.of("10.2.3.4", "10.1.9.77", "1.2.3.4"))
        .allSatisfy(address -> assertThat(admits(world, 301, address)).isTrue());
    assertThat(List.of("10.1.8.1", "10.3.0.0"))
        .allSatisfy(address -> assertThat(admits(world, 301, address)).isFalse());
    assertThat(admits(world, 302, "192.0.2.1")).isTrue();
    assertThat(admits(world, 302, "10.2.0.1")).isFalse();
  }

  @Test
  void aBlockWithTheNodesInItLetsNodesIn() {
    String node =
        """
        apiVersion: v1
        kind: Node
        metadata: {name: n1}
        status: {addresses: [{type: InternalIP, address: 172.31.0.11}]}
        """;
    PolicyWorld with =
        world("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 172.31.0.0/24}}]}]}");
    PolicyWorld without =
        world(
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 172.31.0.0/24, except: [172.31.0.11/32]}}]}]}");

    assertThat(rules(with.apply(node), 300)).contains("in 6/0/0");
    assertThat(rules(without.apply(node), 300)).doesNotContain("in 6/0/0");
  }

  @Test
  void ipv6BlocksAllowNothingHere() {
    assertThat(
            rules(world("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]}"), 300))
        .isEmpty();
  }

  @Test
  void anotherPodOfAnIdentityTranslatesNoRules() {
    PolicyWorld world = world("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}");

    world.apply(PolicyWorld.pod("shop", 300, "app: db", 5432).replace("name: p300", "name: p300b"));

    assertThat(world.computed()).as("the list of them, and what the Pod becomes").isEqualTo(2);
  }

  @Test
  void aNewIdentityIsLetInByWhoSelectsIt() {
    PolicyWorld world =
        world("{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}]}");
    assertThat(rules(world, 300)).hasSize(3);

    world.apply(PolicyWorld.pod("shop", 303, "app: new", 1));

    assertThat(rules(world, 300)).contains("in 303/0/0").hasSize(4);
  }
}
