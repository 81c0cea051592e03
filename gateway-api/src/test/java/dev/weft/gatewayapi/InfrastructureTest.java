package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Programmed;
import dev.weft.resources.ServiceAccount;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** GEP-1762, as GatewayInfrastructureMetadata and GatewayNameMaximumLength ask. */
class InfrastructureTest {
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

  private static String gateway(String name, String more) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: %s, namespace: shop, uid: "u-1", generation: 2}
    spec: {gatewayClassName: weft, listeners: [{name: a, port: 80, protocol: HTTP}]%s}
    """
        .formatted(name, more);
  }

  private static ServiceAccount account(World world) {
    assertThat(world.generated()).hasSize(1);
    return (ServiceAccount) world.generated().getFirst();
  }

  @Test
  void aServiceAccountBearsTheGatewaysMetadata() {
    World world =
        new World(
            World.BASE,
            gateway(
                "edge",
                ", infrastructure: {labels: {team: shop, gateway.networking.k8s.io/gateway-name: liar},"
                    + " annotations: {a.b/note: 'any text'}}"));

    ObjectMeta meta = account(world).metadata();
    assertThat(meta.name()).isEqualTo("edge-weft");
    assertThat(meta.namespace()).isEqualTo("shop");
    assertThat(meta.labels())
        .isEqualTo(
            Map.of(
                "team",
                "shop",
                Infrastructure.GATEWAY_NAME,
                "edge",
                Infrastructure.CLASS_NAME,
                "weft",
                "app.kubernetes.io/managed-by",
                "weft"));
    assertThat(meta.annotations()).isEqualTo(Map.of("a.b/note", "any text"));
    assertThat(meta.ownerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.apiVersion()).isEqualTo("gateway.networking.k8s.io/v1");
              assertThat(owner.kind()).isEqualTo("Gateway");
              assertThat(owner.uid()).isEqualTo("u-1");
            });

    world.apply(gateway("edge", ""));
    assertThat(account(world).metadata().annotations()).isEmpty();
    world.remove(Kind.GATEWAY, "shop", "edge");
    assertThat(world.generated()).isEmpty();
  }

  @Test
  void longNamesAreShortenedButStayApart() {
    String one = "a".repeat(252) + "b";
    String two = "a".repeat(252) + "c";
    World world = new World(World.BASE, gateway(one, ""), gateway(two, ""));

    assertThat(world.generated()).hasSize(2);
    assertThat(world.generated())
        .allSatisfy(
            object -> {
              assertThat(object.metadata().name()).hasSizeLessThanOrEqualTo(253);
              assertThat(object.metadata().labels().get(Infrastructure.GATEWAY_NAME))
                  .matches(LABEL);
            });
    assertThat(world.generated().stream().map(object -> object.metadata().name()).distinct())
        .hasSize(2);
    assertThat(
            world.generated().stream()
                .map(object -> object.metadata().labels().get(Infrastructure.GATEWAY_NAME))
                .distinct())
        .hasSize(2);
    assertThat(World.condition(world.gateway(one, Programmed.NOTHING).conditions(), "Accepted"))
        .isEqualTo("True/Accepted");
  }

  @Test
  void aNameIsNotCutInAnUglyPlace() {
    assertThat(Infrastructure.shortened("a".repeat(51) + "." + "b".repeat(30), 63))
        .startsWith("a".repeat(51) + "-")
        .matches(LABEL);
    assertThat(Infrastructure.shortened("short.name", 63)).isEqualTo("short.name");
  }

  @Test
  void anotherControllersGatewayGetsNothing() {
    World world =
        new World(
            World.BASE.replace("weft.dev/gateway-controller", "example.com/other"),
            gateway("edge", ""));

    assertThat(world.generated()).isEmpty();
  }
}
