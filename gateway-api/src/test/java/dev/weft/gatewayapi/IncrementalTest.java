package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Kind;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class IncrementalTest {
  private static String route(int number, String backends) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r%d, namespace: shop}
    spec:
      parentRefs: [{group: "", kind: Service, name: web, port: 80}]
      rules:
      - matches: [{path: {value: /p%d}}]
        backendRefs: [%s]
    """
        .formatted(number, number, backends);
  }

  private static final String ONE = "{name: web, port: 80}";

  private static World world(int routes) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < routes; i++) {
      all.append(route(i, ONE)).append("---\n");
    }
    return new World(World.BASE, all.toString());
  }

  /** Names of the resources that are other instances than before. */
  @SuppressWarnings("ReferenceEquality") // the same instance is what is promised
  private static Map<String, Resource> changed(
      Map<String, Resource> before, Map<String, Resource> after) {
    Map<String, Resource> changed = new TreeMap<>(after);
    changed.entrySet().removeIf(entry -> before.get(entry.getKey()) == entry.getValue());
    return changed;
  }

  @Test
  void oneEditedRouteAmongManyIsTheOnlyOneTranslated() {
    World world = world(1_000);
    Map<String, Resource> before = world.resources();

    world.apply(route(500, ONE + ", " + ONE));

    assertThat(changed(before, world.resources())).containsOnlyKeys("httproute/shop/r500");
    assertThat(world.computed())
        .as("its attachments, its rules, whether anything of it is done, and its output")
        .isEqualTo(4);
  }

  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop}
      spec: {gatewayClassName: weft, listeners: [{name: http, port: 80, protocol: HTTP}]}
      ---
      """;

  private static String onGateway(int number, String backends) {
    return route(number, backends)
        .replace("{group: \"\", kind: Service, name: web, port: 80}", "{name: edge}");
  }

  /**
   * Conformance asks for exact counts of routes; keeping them must not cost a look at every route.
   */
  @Test
  void aGatewaysRoutesAreCountedAtTheCostOfTheChange() {
    int many = 5_000;
    StringBuilder all = new StringBuilder(GATEWAY);
    for (int i = 0; i < many; i++) {
      all.append(onGateway(i, ONE)).append("---\n");
    }
    World world = new World(World.BASE, all.toString());
    assertThat(world.listener("edge", "http").attachedRoutes()).isEqualTo(many);

    world.apply(onGateway(500, ONE + ", " + ONE));
    assertThat(world.computed()).as("the edited route alone").isEqualTo(4);
    assertThat(world.listener("edge", "http").attachedRoutes()).isEqualTo(many);

    world.apply(onGateway(many, ONE));
    assertThat(world.computed())
        .as(
            "attachments, rules, whether it is done, its places, its output;"
                + " the Gateway, its sets, its output")
        .isEqualTo(8);
    assertThat(world.listener("edge", "http").attachedRoutes()).isEqualTo(many + 1);

    world.remove(Kind.HTTP_ROUTE, "shop", "r7");
    assertThat(world.computed()).as("the Gateway, its sets, its output").isEqualTo(3);
    assertThat(world.listener("edge", "http").attachedRoutes()).isEqualTo(many);
  }

  @Test
  void nothingIsComputedWhenNothingChanged() {
    World world = world(10);

    world.apply(route(5, ONE));

    assertThat(world.computed()).isZero();
  }

  @Test
  void anotherNamespacesChangeTouchesNothingHere() {
    World world = world(10);
    Map<String, Resource> before = world.resources();

    world.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: new, namespace: other},"
            + " spec: {clusterIP: 10.96.9.9, ports: [{port: 1}]}}");

    assertThat(changed(before, world.resources()))
        .containsOnlyKeys("service/other/new", "endpoints/other/new");
  }

  @Test
  void aGatewaysCertificateDoesNotConcernItsRoutes() throws Exception {
    String gateway =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: edge, namespace: shop, labels: {a: "%s"}}
        spec:
          gatewayClassName: weft
          listeners: [{name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: %s}]}}]
        """;
    Pem pem = Pem.of("EC");
    World world =
        world(3)
            .apply(
                Pem.secret("shop", "c1", pem.certificate(), pem.pkcs8()),
                Pem.secret("shop", "c2", pem.certificate(), pem.pkcs8()),
                gateway.formatted("1", "c1"),
                route(0, ONE).replace("parentRefs: [", "parentRefs: [{name: edge}, "));
    Map<String, Resource> before = world.resources();

    world.apply(gateway.formatted("2", "c2"));

    assertThat(changed(before, world.resources()))
        .containsOnlyKeys("gateway/shop/edge", "certificate/shop/c2");
  }
}
