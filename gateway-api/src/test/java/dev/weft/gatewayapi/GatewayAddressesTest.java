package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Service;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GatewayStaticAddresses, GatewayAddressEmpty, and GEP-5093. */
class GatewayAddressesTest {
  private static final Programmed ACKED = new Programmed("gateway/shop/edge"::equals, _ -> null);

  private static String gateway(String addresses) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: edge, namespace: shop, generation: 5}
    spec:
      gatewayClassName: weft
      addresses: [%s]
      listeners:
      - {name: a, port: 80, protocol: HTTP}
      - {name: b, port: 80, protocol: HTTP, hostname: b.com}
    """
        .formatted(addresses);
  }

  private static String holder(String name, String address) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %s, namespace: shop, labels: {weft.dev/gateway-address: cluster}}
    spec: {clusterIP: %s, ports: [{port: 80}]}
    """
        .formatted(name, address);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // addresses | Accepted | Programmed | AddressesAssigned | how many, with routabilities
        "`` | True/Accepted | True/Programmed | True/AddressesAssigned | -",
        "{type: IPAddress} | True/Accepted | True/Programmed | True/AddressesAssigned | -",
        "{type: IPAddress}, {type: IPAddress} | True/Accepted | True/Programmed | True/AddressesAssigned | - -",
        "{value: 172.31.255.9}, {type: IPAddress} | True/Accepted | True/Programmed | True/AddressesAssigned | - -",
        "{value: 172.31.255.9}, {value: 192.0.2.1} | True/Accepted | False/AddressNotUsable | False/PartiallyAssigned | -",
        "{value: 192.0.2.1} | True/Accepted | False/AddressNotUsable | False/NotAssigned | ``",
        "{value: 'fd00::1'} | True/Accepted | False/AddressNotUsable | False/NotAssigned | ``",
        "{type: test/fake-invalid-type, value: x}, {value: 172.31.255.9} | False/UnsupportedAddress | False/Invalid | False/NotAssigned | ``",
        "{type: Hostname, value: a.com} | False/UnsupportedAddress | False/Invalid | False/NotAssigned | ``",
        "{type: NamedAddress, value: x} | False/UnsupportedAddress | False/Invalid | False/NotAssigned | ``",
        "{routability: testing.x-k8s.io/sentinel} | True/Accepted | True/Programmed | True/AddressesAssigned | testing.x-k8s.io/sentinel",
        "{routability: example.com/Vpc} | True/Accepted | False/AddressNotAssigned | False/NotAssigned | ``",
        "{routability: example.com/Vpc}, {type: IPAddress} | True/Accepted | True/Programmed | False/PartiallyAssigned | -",
        "{routability: Cluster} | True/Accepted | False/AddressNotAssigned | False/NotAssigned | ``",
        "{routability: Cluster}, {type: IPAddress} | True/Accepted | True/Programmed | False/PartiallyAssigned | -",
      })
  void entriesAreSatisfiedOneByOne(
      String addresses, String accepted, String programmed, String assigned, String given) {
    World world = new World(World.BASE, gateway(addresses));

    ObjectStatus.OfGateway status = world.gateway("edge", ACKED);
    assertThat(World.condition(status.conditions(), "Accepted")).isEqualTo(accepted);
    assertThat(World.condition(status.conditions(), "Programmed")).isEqualTo(programmed);
    assertThat(World.condition(status.conditions(), "AddressesAssigned")).isEqualTo(assigned);
    assertThat(status.addresses())
        .extracting(address -> "".equals(address.routability()) ? "-" : address.routability())
        .containsExactly(given.isEmpty() ? new String[0] : given.split(" ", -1));
    assertThat(status.addresses()).extracting(ObjectStatus.Address::value).doesNotHaveDuplicates();
    assertThat(status.addresses()).allMatch(address -> address.type().equals("IPAddress"));
    assertThat(status.conditions()).allMatch(condition -> condition.observedGeneration() == 5);
  }

  @Test
  void addressesComeInTheOrderOfTheEntries() {
    World world = new World(World.BASE, gateway("{type: IPAddress}, {value: 172.31.255.9}"));

    assertThat(world.gateway("edge", ACKED).addresses().get(1).value()).isEqualTo("172.31.255.9");
    assertThat(world.resource("gateway/shop/edge").getGateway().getAddressesCount()).isEqualTo(2);
  }

  @Test
  void aServiceAsksForAnAddressOfTheCluster() {
    World world = new World(World.BASE, gateway("{type: IPAddress}, {routability: Cluster}"));

    Service asking =
        world.generated().stream()
            .filter(Service.class::isInstance)
            .map(Service.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(asking.metadata().name()).isEqualTo("edge-weft-cluster-1");
    assertThat(asking.metadata().namespace()).isEqualTo("shop");
    assertThat(asking.spec().selector()).isEmpty();
    assertThat(asking.spec().clusterIP()).isEmpty();
    assertThat(asking.spec().ports()).extracting(Service.Port::port).containsExactly(80);
    assertThat(asking.metadata().ownerReferences()).hasSize(1);

    world.apply(holder("edge-weft-cluster-1", "10.96.7.7"));
    assertThat(world.gateway("edge", ACKED).addresses().get(1))
        .isEqualTo(new ObjectStatus.Address("IPAddress", "10.96.7.7", "Cluster"));
    assertThat(World.condition(world.gateway("edge", ACKED).conditions(), "AddressesAssigned"))
        .isEqualTo("True/AddressesAssigned");
    assertThat(world.resources()).doesNotContainKey("service/shop/edge-weft-cluster-1");
    assertThat(world.resource("gateway/shop/edge").getGateway().getAddressesCount()).isEqualTo(2);
  }

  @Test
  void anAddressOfTheClusterMayBeAskedForByValue() {
    World world = new World(World.BASE, gateway("{routability: Cluster, value: 10.96.0.42}"));

    assertThat(
            world.generated().stream()
                .filter(Service.class::isInstance)
                .map(object -> ((Service) object).spec().clusterIP())
                .toList())
        .isEqualTo(List.of("10.96.0.42"));

    world.apply(holder("edge-weft-10-96-0-42", "10.96.0.43"));
    assertThat(world.gateway("edge", ACKED).addresses()).as("another one").isEmpty();
    world.apply(holder("edge-weft-10-96-0-42", "10.96.0.42"));
    assertThat(world.gateway("edge", ACKED).addresses()).hasSize(1);
  }

  @Test
  void aStrangersServiceHoldsNoAddressOfAGateway() {
    World world =
        new World(
            World.BASE,
            gateway("{routability: Cluster}"),
            holder("edge-weft-cluster-0", "10.96.7.7")
                .replace(", labels: {weft.dev/gateway-address: cluster}", ""));

    assertThat(world.gateway("edge", ACKED).addresses()).isEmpty();
    assertThat(world.resources()).containsKey("service/shop/edge-weft-cluster-0");
  }

  @Test
  void whoAskedFirstKeepsAnAddress() {
    World world =
        new World(
            World.BASE,
            gateway("{value: 172.31.255.9}")
                .replace("generation: 5", "creationTimestamp: '2026-01-02T00:00:00Z'"),
            gateway("{value: 172.31.255.9}")
                .replace("name: edge", "name: elder")
                .replace("generation: 5", "creationTimestamp: '2026-01-01T00:00:00Z'"));

    assertThat(world.gateway("elder", ACKED).addresses()).hasSize(1);
    assertThat(world.gateway("edge", ACKED).addresses()).isEmpty();

    world.remove(Kind.GATEWAY, "shop", "elder");
    assertThat(world.gateway("edge", ACKED).addresses()).hasSize(1);
  }
}
