package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassTranslationTest {
  private static final String GATEWAY_CLASS =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: one, generation: 4}
      spec: {controllerName: weft.dev/gateway-controller, description: ours%s}
      """;
  private static final String MESH =
      """
      apiVersion: gateway.networking.x-k8s.io/v1alpha1
      kind: XMesh
      metadata: {name: one, generation: 4}
      spec: {controllerName: weft.dev/gateway-controller, description: ours%s}
      """;

  private static ObjectStatus.OfClass status(World world, Kind kind) {
    return (ObjectStatus.OfClass) world.status(kind, "", "one", Programmed.NOTHING);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // kind | has | has not
        "GATEWAY_CLASS | Gateway HTTPRoute GRPCRoute ReferenceGrant ListenerSet | Mesh MeshConsumerRoute",
        "X_MESH | Mesh MeshConsumerRoute HTTPRoute | Gateway ListenerSet",
      })
  void featuresAreAdvertisedSortedAndInTheirPlace(Kind kind, String has, String hasNot) {
    World world = new World((kind == Kind.X_MESH ? MESH : GATEWAY_CLASS).formatted(""));

    ObjectStatus.OfClass status = status(world, kind);
    assertThat(status.supportedFeatures())
        .extracting(ObjectStatus.Feature::name)
        .isSorted()
        .doesNotHaveDuplicates()
        .hasSizeLessThanOrEqualTo(64)
        .contains(has.split(" ", -1))
        .doesNotContain(hasNot.split(" ", -1));
    assertThat(World.condition(status.conditions(), "Accepted")).isEqualTo("True/Accepted");
    assertThat(status.conditions())
        .allSatisfy(condition -> assertThat(condition.observedGeneration()).isEqualTo(4));
  }

  @ParameterizedTest
  @CsvSource({"GATEWAY_CLASS", "X_MESH"})
  void parametersAreRefusedAndOtherControllersLeftAlone(Kind kind) {
    String yaml = kind == Kind.X_MESH ? MESH : GATEWAY_CLASS;
    World world = new World(yaml.formatted(", parametersRef: {group: x.io, kind: Y, name: z}"));

    assertThat(World.condition(status(world, kind).conditions(), "Accepted"))
        .isEqualTo("False/InvalidParameters");

    world.apply(yaml.formatted("").replace("weft.dev/", "example.com/"));
    assertThat(world.statuses()).isEmpty();
  }

  /** A feature under a wrong name would hide its tests from the conformance suite. */
  @ParameterizedTest
  @CsvSource({"GATEWAY_CLASS", "X_MESH"})
  void everyFeatureIsOneOfTheGatewayApis(Kind kind) {
    List<String> prefixes =
        List.of(
            "BackendTLSPolicy",
            "ClusterTrustBundle",
            "GRPCRoute",
            "Gateway",
            "HTTPRoute",
            "ListenerSet",
            "Mesh",
            "ReferenceGrant",
            "TCPRoute",
            "TLSRoute",
            "UDPRoute");
    World world = new World((kind == Kind.X_MESH ? MESH : GATEWAY_CLASS).formatted(""));

    assertThat(status(world, kind).supportedFeatures())
        .allSatisfy(
            feature -> assertThat(prefixes).anyMatch(prefix -> feature.name().startsWith(prefix)));
  }
}
