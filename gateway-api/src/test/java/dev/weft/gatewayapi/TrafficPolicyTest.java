package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import org.junit.jupiter.api.Test;

class TrafficPolicyTest {
  private static String policy(String name, String created, String target, String budget) {
    return """
    apiVersion: weft.dev/v1alpha1
    kind: TrafficPolicy
    metadata: {name: %s, namespace: shop, creationTimestamp: "%s", generation: 2}
    spec: {targetRefs: [%s]%s}
    """
        .formatted(name, created, target, budget);
  }

  private static String accepted(World world, String name) {
    ObjectStatus.OfPolicy status =
        (ObjectStatus.OfPolicy) world.status(Kind.TRAFFIC_POLICY, "shop", name, Programmed.NOTHING);
    return World.condition(status.ancestors().getFirst().conditions(), "Accepted");
  }

  @Test
  void theOldestPolicyOfAServiceCounts() {
    World world =
        new World(
            World.BASE,
            policy("b", "2026-01-02T00:00:00Z", "{kind: Service, name: web}", ""),
            policy(
                "a",
                "2026-01-03T00:00:00Z",
                "{kind: Service, name: web}",
                ", retryBudget: {percent: 50, minRetriesPerSecond: 1}"));

    var settings = world.resource("traffic/shop/web").getTraffic();
    assertThat(settings.getRetryBudgetPercent()).isEqualTo(20);
    assertThat(settings.getMinRetriesPerSecond()).isEqualTo(10);
    assertThat(accepted(world, "b")).isEqualTo("True/Accepted");
    assertThat(accepted(world, "a")).isEqualTo("False/Conflicted");

    world.remove(Kind.TRAFFIC_POLICY, "shop", "b");
    assertThat(world.resource("traffic/shop/web").getTraffic().getRetryBudgetPercent())
        .isEqualTo(50);
    assertThat(accepted(world, "a")).isEqualTo("True/Accepted");

    world.remove(Kind.TRAFFIC_POLICY, "shop", "a");
    assertThat(world.resources()).doesNotContainKey("traffic/shop/web");
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
}
