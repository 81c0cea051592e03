package dev.weft.routing;

import static dev.weft.routing.Fixtures.view;
import static dev.weft.routing.Fixtures.workload;
import static dev.weft.routing.NetworkVerdicts.Direction.EGRESS;
import static dev.weft.routing.NetworkVerdicts.Direction.INGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.CidrIdentity;
import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.Node;
import dev.weft.api.v1.Resource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkVerdictsTest {
  private static final int WIDE = 1 << 24;
  private static final int NARROW = WIDE + 1;

  private final ProxyTables tables =
      ProxyTables.compile(
          view(
              rules(
                  NetworkRules.newBuilder()
                      .setIdentity(300)
                      .setIngressIsolated(true)
                      .addRules(rule(false, 301, 6, 80, 0))
                      .addRules(rule(false, 0, 17, 53, 0))
                      .addRules(rule(false, 302, 0, 0, 0))
                      .addRules(rule(false, 303, 6, 8000, 8010))
                      .addRules(rule(true, 400, 6, 80, 0))),
              rules(NetworkRules.newBuilder().setIdentity(310).setEgressIsolated(true)),
              cidr("10.0.0.0", 8, WIDE),
              cidr("10.1.0.0", 16, NARROW),
              workload("shop", "a-1", "10.1.0.5", 300),
              Resource.newBuilder()
                  .setName("node/n1")
                  .setNode(Node.newBuilder().setName("n1").setAddress(Fixtures.ip("172.31.0.11")))
                  .build()));

  @ParameterizedTest
  @CsvSource({
    "INGRESS, 300, 301, 6,  80,   true",
    "INGRESS, 300, 301, 6,  81,   false",
    "INGRESS, 300, 301, 17, 80,   false",
    "INGRESS, 300, 999, 17, 53,   true",
    "INGRESS, 300, 302, 6,  9999, true",
    "INGRESS, 300, 303, 6,  7999, false",
    "INGRESS, 300, 303, 6,  8000, true",
    "INGRESS, 300, 303, 6,  8010, true",
    "INGRESS, 300, 303, 6,  8011, false",
    "INGRESS, 300, 400, 6,  80,   false",
    "EGRESS,  300, 999, 6,  1,    true",
    "EGRESS,  310, 300, 6,  80,   false",
    "INGRESS, 310, 300, 6,  80,   true",
    "INGRESS, 999, 300, 6,  80,   true",
  })
  void decides(
      NetworkVerdicts.Direction direction,
      int identity,
      int peer,
      int protocol,
      int port,
      boolean allowed) {
    assertThat(tables.network().allows(direction, identity, peer, protocol, port))
        .isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.0.5,      300",
    "10.1.0.6,      16777217",
    "10.2.0.1,      16777216",
    "11.0.0.1,      2",
    "172.31.0.11,   6",
  })
  void numbersAddresses(String address, int identity) {
    assertThat(tables.identityOf(Ipv4.parse(address))).isEqualTo(identity);
  }

  @Test
  void followsChanges() {
    ProxyTables next =
        ProxyTables.compile(
            tables
                .view()
                .with(
                    List.of(
                        rules(
                            NetworkRules.newBuilder()
                                .setIdentity(310)
                                .setEgressIsolated(true)
                                .addRules(rule(true, 0, 0, 0, 0)))),
                    List.of("networkrules/300", "cidr/10.1.0.0/16")),
            tables);

    assertThat(next.network().allows(EGRESS, 310, 300, 6, 80)).isTrue();
    assertThat(next.network().allows(INGRESS, 300, 301, 6, 81)).isTrue();
    assertThat(next.identityOf(Ipv4.parse("10.1.0.6"))).isEqualTo(WIDE);
  }

  @Test
  void refusesPrefixesThatAreNone() {
    ProxyTables next =
        ProxyTables.compile(
            tables.view().with(List.of(cidr("10.9.0.0", 33, 5)), List.of()), tables);

    assertThat(next.refusals().get("cidr/10.9.0.0/33")).contains("33 bits");
    assertThat(next.identityOf(Ipv4.parse("10.9.0.1"))).isEqualTo(WIDE);
  }

  private static Resource rules(NetworkRules.Builder rules) {
    return Resource.newBuilder()
        .setName("networkrules/" + rules.getIdentity())
        .setVersion(String.valueOf(rules.build().hashCode()))
        .setNetworkRules(rules)
        .build();
  }

  private static NetworkRules.Rule rule(
      boolean egress, int peer, int protocol, int port, int endPort) {
    return NetworkRules.Rule.newBuilder()
        .setEgress(egress)
        .setPeer(peer)
        .setProtocol(protocol)
        .setPort(port)
        .setEndPort(endPort)
        .build();
  }

  private static Resource cidr(String network, int length, int number) {
    return Resource.newBuilder()
        .setName("cidr/" + network + "/" + length)
        .setVersion("1")
        .setCidr(
            CidrIdentity.newBuilder()
                .setNetwork(Fixtures.ip(network))
                .setPrefixLength(length)
                .setNumber(number))
        .build();
  }
}
