package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Tracing;
import dev.weft.resources.Condition;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TelemetryPolicyTest {
  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop}
      spec: {gatewayClassName: weft, listeners: [{name: http, port: 80, protocol: HTTP}]}
      """;

  private static String policy(String name, String created, String target, String tracing) {
    return """
    apiVersion: gateway.networking.x-k8s.io/v1alpha1
    kind: XTelemetryPolicy
    metadata: {name: %s, namespace: shop, creationTimestamp: "%s", generation: 4}
    spec: {targetRefs: [%s], tracing: %s}
    """
        .formatted(name, created, target, tracing);
  }

  private static String policy(String tracing) {
    return policy("a", "2026-01-01T00:00:00Z", gateway("edge"), tracing);
  }

  private static String gateway(String name) {
    return "{group: gateway.networking.k8s.io, kind: Gateway, name: " + name + "}";
  }

  private static List<Condition> conditions(World world, String name) {
    ObjectStatus.OfPolicy status =
        (ObjectStatus.OfPolicy)
            world.status(Kind.TELEMETRY_POLICY, "shop", name, Programmed.NOTHING);
    return status.ancestors().getFirst().conditions();
  }

  private static Tracing tracing(World world) {
    return world.resource("gateway/shop/edge").getGateway().getTracing();
  }

  @Test
  void translatesEverythingThatIsAskedFor() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            policy(
                "{mode: Enabled, provider: {backendRef: {name: web, port: 80},"
                    + " headers: [{name: X-Key, value: k}]},"
                    + " samplingRate: {numerator: 5}, parentBasedSampling: {mode: Enabled,"
                    + " samplingRate: {numerator: 1, denominator: 2}}, serviceName: edge,"
                    + " spanName: in front, attributes: ["
                    + "{name: a, sourceType: Header, headerName: X-A},"
                    + "{name: b, sourceType: Literal, literalValue: l},"
                    + "{name: c, sourceType: Attribute, attributeKey: http.route},"
                    + "{name: d, sourceType: Attribute, attributeKey: http.request.header.x-d}]}"));

    Tracing made = tracing(world);
    assertThat(made.getReceiver().getName() + ":" + made.getReceiver().getPort())
        .isEqualTo("web:80");
    assertThat(made.getHeaders(0).getName()).isEqualTo("x-key");
    assertThat(made.getSampling().getNumerator()).isEqualTo(5);
    assertThat(made.getSampling().getDenominator()).isEqualTo(100);
    assertThat(made.getParentSampling().getDenominator()).isEqualTo(2);
    assertThat(made.getIgnoreParent()).isFalse();
    assertThat(made.getServiceName()).isEqualTo("edge");
    assertThat(made.getSpanName()).isEqualTo("in front");
    assertThat(made.getAttributesList())
        .extracting(Tracing.Attribute::getSourceCase)
        .containsExactly(
            Tracing.Attribute.SourceCase.HEADER,
            Tracing.Attribute.SourceCase.LITERAL,
            Tracing.Attribute.SourceCase.ATTRIBUTE,
            Tracing.Attribute.SourceCase.HEADER);
    assertThat(World.condition(conditions(world, "a"), "Accepted")).isEqualTo("True/Accepted");
    assertThat(World.condition(conditions(world, "a"), "ResolvedRefs"))
        .isEqualTo("True/ResolvedRefs");
    assertThat(conditions(world, "a")).allMatch(condition -> condition.observedGeneration() == 4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: gone, port: 80} | False/BackendNotFound",
        "{name: web, port: 81} | False/BackendNotFound",
        "{kind: Pod, name: web} | False/InvalidKind",
        "{name: web, namespace: other, port: 80} | False/RefNotPermitted",
      })
  void withoutItsReceiverAPolicyTellsNobody(String ref, String resolved) {
    World world =
        new World(
            World.BASE, GATEWAY, policy("{mode: Enabled, provider: {backendRef: " + ref + "}}"));

    assertThat(World.condition(conditions(world, "a"), "ResolvedRefs")).isEqualTo(resolved);
    assertThat(world.resource("gateway/shop/edge").getGateway().hasTracing()).isTrue();
    assertThat(tracing(world)).isEqualTo(Tracing.getDefaultInstance());
  }

  @Test
  void aGrantMakesAReceiverOfAnotherNamespaceKnown() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            policy(
                "{mode: Enabled, provider: {backendRef: {name: web, namespace: other, port: 80}}}"),
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: ReferenceGrant
            metadata: {name: g, namespace: other}
            spec:
              from: [{group: gateway.networking.x-k8s.io, kind: XTelemetryPolicy, namespace: shop}]
              to: [{group: "", kind: Service}]
            """);

    assertThat(tracing(world).getReceiver().getNamespace()).isEqualTo("other");
  }

  @Test
  void modes() {
    World world = new World(World.BASE, GATEWAY, policy("{mode: Disabled}"));
    assertThat(world.resource("gateway/shop/edge").getGateway().hasTracing()).isTrue();
    assertThat(tracing(world).hasReceiver()).isFalse();

    world.apply(policy("{}"));
    assertThat(world.resource("gateway/shop/edge").getGateway().hasTracing()).isFalse();
  }

  @Test
  void theOldestPolicyOfAGatewayCounts() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            policy("old", "2026-01-01T00:00:00Z", gateway("edge"), "{mode: Disabled}"),
            policy("new", "2026-01-02T00:00:00Z", gateway("edge"), "{}"));

    assertThat(World.condition(conditions(world, "old"), "Accepted")).isEqualTo("True/Accepted");
    assertThat(World.condition(conditions(world, "new"), "Accepted")).isEqualTo("False/Conflicted");
    world.remove(Kind.TELEMETRY_POLICY, "shop", "old");
    assertThat(World.condition(conditions(world, "new"), "Accepted")).isEqualTo("True/Accepted");
  }

  @Test
  void wrongTargetsAreNamed() {
    World world =
        new World(
            World.BASE,
            policy("gone", "2026-01-02T00:00:00Z", gateway("gone"), "{}"),
            policy("kind", "2026-01-02T00:00:00Z", "{kind: Service, name: web}", "{}"));

    assertThat(World.condition(conditions(world, "gone"), "Accepted"))
        .isEqualTo("False/TargetNotFound");
    assertThat(World.condition(conditions(world, "kind"), "Accepted")).isEqualTo("False/Invalid");
  }
}
