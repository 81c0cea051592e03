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

  private static String definition(String name, String group, String version) {
    return """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: %s.%s%s}
    spec: {group: %s, scope: Namespaced, names: {kind: X}, versions: []}
    """
        .formatted(
            name,
            group,
            version.isEmpty()
                ? ""
                : ", annotations: {gateway.networking.k8s.io/bundle-version: " + version + "}",
            group);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // releases of two definitions | condition | its message
        "v1.7.0 | v1.7.12 | True/SupportedVersion | of v1.7.0, v1.7.12",
        "v1.7.0 | v1.6.1 | False/UnsupportedVersion | supports v1.7; there is also v1.6.1 of b.gateway.networking.x-k8s.io",
        "v1.8.0 | v1.8.0 | False/UnsupportedVersion | v1.8.0 of a.gateway.networking.k8s.io and 1 more",
        "v1.7.0-rc.1 | v1.7.0 | False/UnsupportedVersion | v1.7.0-rc.1",
        "v1.7.0 | '' | False/UnsupportedVersion | no version of b.gateway.networking.x-k8s.io",
        "v1.70.0 | v1.7.0 | False/UnsupportedVersion | v1.70.0",
      })
  void aClassSaysWhetherTheDefinitionsAreOfAReleaseThatIsKnown(
      String one, String other, String condition, String message) {
    World world =
        new World(
            GATEWAY_CLASS.formatted(""),
            MESH.formatted(""),
            definition("a", "gateway.networking.k8s.io", one),
            definition("b", "gateway.networking.x-k8s.io", other),
            definition("c", "example.com", "v9.9.9"));

    ObjectStatus.OfClass status = status(world, Kind.GATEWAY_CLASS);
    assertThat(World.condition(status.conditions(), "Accepted")).isEqualTo("True/Accepted");
    assertThat(World.condition(status.conditions(), "SupportedVersion")).isEqualTo(condition);
    assertThat(status.conditions().getLast().message()).contains(message);
    assertThat(World.condition(status(world, Kind.X_MESH).conditions(), "SupportedVersion"))
        .isEqualTo("none");

    world
        .remove(Kind.CUSTOM_RESOURCE_DEFINITION, "", "a.gateway.networking.k8s.io")
        .remove(Kind.CUSTOM_RESOURCE_DEFINITION, "", "b.gateway.networking.x-k8s.io");
    assertThat(World.condition(status(world, Kind.GATEWAY_CLASS).conditions(), "SupportedVersion"))
        .as("as in the lab: the schemas are Weft's own")
        .isEqualTo("True/SupportedVersion");
  }
}
