package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.SessionPersistence;
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
  void sessionsOfAServiceMakeItsHttpPortsTheProxysBusiness() {
    World world =
        new World(
            World.BASE,
            policy(
                "s",
                "2026-01-02T00:00:00Z",
                "{kind: Service, name: web}",
                ", sessionPersistence: {absoluteTimeout: 1h, cookie: {name: a}}"));

    assertThat(world.resource("traffic/shop/web").getTraffic())
        .isEqualTo(
            TrafficSettings.newBuilder()
                .setServiceNamespace("shop")
                .setServiceName("web")
                .setSession(
                    SessionPersistence.newBuilder()
                        .setName("a")
                        .setPath("/")
                        .setAbsoluteTimeoutSeconds(3600))
                .build());
    assertThat(world.resource("service/shop/web").getService().getPortsList())
        .extracting(port -> port.getName() + " " + port.getL7())
        .containsExactly("http true", "tcp-raw false", "admin true");
    assertThat(accepted(world, "s")).isEqualTo("True/Accepted");
    assertThat(conditions(world, "s").getFirst().message()).contains("deprecated");

    world.remove(Kind.BACKEND_TRAFFIC_POLICY, "shop", "s");
    assertThat(world.resource("service/shop/web").getService().getPorts(0).getL7()).isFalse();
  }

  @Test
  void aSessionThatCannotBeIsRefusedWithAllOfItsPolicy() {
    World world =
        new World(
            World.BASE,
            policy(
                "s",
                "2026-01-02T00:00:00Z",
                "{kind: Service, name: web}",
                ", retryConstraint: {}, sessionPersistence: {type: Header, header: {name: TE}}"));

    assertThat(accepted(world, "s")).isEqualTo("False/Invalid");
    assertThat(world.resources()).doesNotContainKey("traffic/shop/web");
  }
}
