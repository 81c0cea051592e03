package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GEP-3793. */
class DefaultGatewaysTest {

  private static String gateway(String name, String scope) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: %s, namespace: shop}
    spec:
      gatewayClassName: weft
      defaultScope: %s
      listeners: [{name: a, port: 80, protocol: HTTP}, {name: b, port: 81, protocol: HTTP}]
    """
        .formatted(name, scope);
  }

  private static String route(String kind, String namespace, String scope, String parents) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: %s
    metadata: {name: r, namespace: %s}
    spec:
      useDefaultGateways: %s
      parentRefs: [%s]
      rules: [{backendRefs: [{name: web, port: 80}]}]
    """
        .formatted(kind, namespace, scope, parents);
  }

  private static List<String> parents(World world, Kind kind, String namespace) {
    return world.parents(kind, namespace, "r").stream()
        .map(
            parent ->
                parent.parentRef().name()
                    + (parent.parentRef().sectionName() == null
                        ? ""
                        : "/" + parent.parentRef().sectionName())
                    + " "
                    + World.condition(parent.conditions(), "Accepted"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTPRoute", "GRPCRoute"})
  void routesAttachToAllDefaultGateways(String kind) {
    World world =
        new World(
            World.BASE,
            gateway("one", "All"),
            gateway("two", "All"),
            gateway("three", "None"),
            gateway("four", "''"),
            route(kind, "shop", "All", ""));

    assertThat(parents(world, kind.equals("HTTPRoute") ? Kind.HTTP_ROUTE : Kind.GRPC_ROUTE, "shop"))
        .containsExactly("one True/Accepted", "two True/Accepted");
    assertThat(world.listener("one", "b").attachedRoutes()).isEqualTo(1);
    assertThat(world.listener("three", "a").attachedRoutes()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // namespace | scope | parentRefs | parents
        "shop  | All  | {name: one}                    | one True/Accepted",
        "shop  | All  | {name: one, sectionName: a}    | one/a True/Accepted, one True/Accepted",
        "shop  | All  | {group: '', kind: Service, name: web} | web True/Accepted, one True/Accepted",
        "shop  | None | {name: one, sectionName: a}    | one/a True/Accepted",
        "other | All  | ``                             | one False/NotAllowedByListeners",
      })
  void namedParentsStay(String namespace, String scope, String refs, String parents) {
    World world =
        new World(World.BASE, gateway("one", "All"), route("HTTPRoute", namespace, scope, refs));

    assertThat(parents(world, Kind.HTTP_ROUTE, namespace)).containsExactly(parents.split(", ", -1));
  }

  @Test
  void gatewaysBecomeDefaultAndCeaseToBe() {
    World world =
        new World(World.BASE, gateway("one", "None"), route("HTTPRoute", "shop", "All", ""));
    assertThat(world.statuses().keySet()).noneMatch(ref -> ref.kind() == Kind.HTTP_ROUTE);

    world.apply(gateway("one", "All"));
    assertThat(parents(world, Kind.HTTP_ROUTE, "shop")).containsExactly("one True/Accepted");
    ObjectStatus.OfGateway status = world.gateway("one", Programmed.NOTHING);
    assertThat(World.condition(status.conditions(), "DefaultGateway"))
        .isEqualTo("True/DefaultGateway");

    world.apply(gateway("one", "None"));
    assertThat(world.resources()).doesNotContainKey("httproute/shop/r");
    assertThat(
            World.condition(
                world.gateway("one", Programmed.NOTHING).conditions(), "DefaultGateway"))
        .isEqualTo("none");
  }
}
