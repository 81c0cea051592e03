package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.TrafficSettings;
import dev.weft.resources.Condition;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendTrafficPolicyTest {
  private static String policy(String name, String created, String target, String rest) {
    return """
    apiVersion: gateway.networking.x-k8s.io/v1alpha1
    kind: XBackendTrafficPolicy
    metadata: {name: %s, namespace: shop, creationTimestamp: "%s", generation: 2}
    spec: {targetRefs: [%s]%s}
    """
        .formatted(name, created, target, rest);
  }

  private static List<Condition> conditions(World world, String name) {
    ObjectStatus.OfPolicy status =
        (ObjectStatus.OfPolicy)
            world.status(Kind.BACKEND_TRAFFIC_POLICY, "shop", name, Programmed.NOTHING);
    return status.ancestors().getFirst().conditions();
  }

  private static String accepted(World world, String name) {
    return World.condition(conditions(world, name), "Accepted");
  }

  @Test
  void theOldestPolicyOfAServiceCounts() {
    World world =
        new World(
            World.BASE,
            policy(
                "b",
                "2026-01-02T00:00:00Z",
                "{group: '', kind: Service, name: web}",
                ", retryConstraint: {}"),
            policy(
                "a",
                "2026-01-03T00:00:00Z",
                "{kind: Service, name: web}",
                ", retryConstraint: {budget: {percent: 50, interval: 20s},"
                    + " minRetryRate: {count: 3, interval: 2s}}"));

    assertThat(world.resource("traffic/shop/web").getTraffic())
        .isEqualTo(settings(20, 10_000, 10, 1000));
    assertThat(accepted(world, "b")).isEqualTo("True/Accepted");
    assertThat(World.condition(conditions(world, "b"), "weft.dev/Programmed"))
        .isEqualTo("Unknown/Pending");
    assertThat(accepted(world, "a")).isEqualTo("False/Conflicted");

    world.remove(Kind.BACKEND_TRAFFIC_POLICY, "shop", "b");
    assertThat(world.resource("traffic/shop/web").getTraffic())
        .isEqualTo(settings(50, 20_000, 3, 2000));
    assertThat(accepted(world, "a")).isEqualTo("True/Accepted");

    world.remove(Kind.BACKEND_TRAFFIC_POLICY, "shop", "a");
    assertThat(world.resources()).doesNotContainKey("traffic/shop/web");
  }

  private static TrafficSettings settings(int percent, long interval, int min, long minInterval) {
    return TrafficSettings.newBuilder()
        .setServiceNamespace("shop")
        .setServiceName("web")
        .setRetryBudgetPercent(percent)
        .setRetryBudgetIntervalMs(interval)
        .setMinRetries(min)
        .setMinRetriesIntervalMs(minInterval)
        .build();
  }

  @Test
  void wrongTargetsAreNamed() {
    World world =
        new World(
            World.BASE,
            policy("gone", "2026-01-02T00:00:00Z", "{kind: Service, name: gone}", ""),
            policy("kind", "2026-01-02T00:00:00Z", "{kind: Secret, name: web}", ""));

    assertThat(accepted(world, "gone")).isEqualTo("False/TargetNotFound");
    assertThat(accepted(world, "kind")).isEqualTo("False/Invalid");
  }

  @Test
  void sessionsHoldForRulesThatSayNothingThemselves() {
    String route =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: r, namespace: shop}
        spec:
          parentRefs: [{group: "", kind: Service, name: web, port: 80}]
          rules: [{backendRefs: [{name: web, port: 80}]}]
        """;
    World world =
        new World(
            World.BASE,
            route,
            policy(
                "s",
                "2026-01-02T00:00:00Z",
                "{kind: Service, name: web}",
                ", sessionPersistence: {cookie: {name: a}}"));

    assertThat(conditions(world, "s"))
        .singleElement()
        .satisfies(condition -> assertThat(condition.reason()).isEqualTo("Accepted"));
    assertThat(world.resources()).doesNotContainKey("traffic/shop/web");
    assertThat(world.resource("httproute/shop/r").getHttpRoute().getRules(0).getSession().getName())
        .isEqualTo("a");
  }
}
