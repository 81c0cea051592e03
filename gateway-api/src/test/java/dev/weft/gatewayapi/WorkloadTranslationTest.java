package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Identity;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Node;
import dev.weft.api.v1.Workload;
import dev.weft.resources.Derivation;
import dev.weft.resources.Namespace;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Snapshot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkloadTranslationTest {
  private static String pod(String name, String meta, String spec, String status) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: shop, uid: u-%s, labels: {app: web, pod-template-hash: 5f}%s}
    spec: {nodeName: n1, containers: [{name: c}]%s}
    status: %s
    """
        .formatted(name, name, meta, spec, status);
  }

  private static Workload workload(World world, String name) {
    return world.resource("workload/shop/" + name).getWorkload();
  }

  @Test
  void aPodIsAWorkloadWithAnIdentity() {
    World world =
        new World(
            pod("web-0", "", ", serviceAccountName: web", "{podIP: 10.244.1.5, phase: Running}"));

    Workload workload = workload(world, "web-0");
    assertThat(workload.getUid()).isEqualTo("u-web-0");
    assertThat(workload.getNode()).isEqualTo("n1");
    assertThat(workload.getAddress().toByteArray()).containsExactly(10, (byte) 244, 1, 5);
    assertThat(workload.getMtls()).isEqualTo(MtlsMode.MTLS_MODE_PERMISSIVE);
    Identity identity = world.resource("identity/" + workload.getIdentity()).getIdentity();
    assertThat(identity.getServiceAccount()).isEqualTo("web");
    assertThat(identity.getLabelsMap()).containsEntry("app", "web");
  }

  @Test
  void podsWithTheSameLabelsShareAnIdentity() {
    World world =
        new World(
            pod("a", "", "", "{}"),
            pod("b", "", "", "{}"),
            pod("c", "", ", serviceAccountName: other", "{}"));

    assertThat(workload(world, "a").getIdentity()).isEqualTo(workload(world, "b").getIdentity());
    assertThat(workload(world, "c").getIdentity()).isNotEqualTo(workload(world, "a").getIdentity());
    assertThat(workload(world, "a").getAddress().isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | Pod/x",
        ", ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-5f, controller: true}] | Deployment/web",
        ", ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-77, controller: true}] | ReplicaSet/web-77",
        ", ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, controller: true}] | Deployment/web",
        ", ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j}] | Job/j",
        ", ownerReferences: [{apiVersion: v1, kind: A, name: a}, {apiVersion: v1, kind: B, name: b, controller: true}] | B/b",
      })
  void ownersAreNamedAsPeopleKnowThem(String meta, String owner) {
    Workload workload = workload(new World(pod("x", meta, "", "{}")), "x");

    assertThat(workload.getOwnerKind() + "/" + workload.getOwnerName()).isEqualTo(owner);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        ", hostNetwork: true | {}",
        "`` | {phase: Succeeded}",
        "`` | {phase: Failed}",
      })
  void podsWithoutAnAddressOfTheirOwnAreNone(String spec, String status) {
    assertThat(new World(pod("x", "", spec, status)).resources()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"strict,STRICT", "permissive,PERMISSIVE", "disabled,DISABLED"})
  void namespacesChooseTheirMode(String label, String mode) {
    World world =
        new World(
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {weft.dev/mtls: %s}}}"
                .formatted(label),
            pod("x", "", "", "{}"));

    assertThat(workload(world, "x").getMtls()).isEqualTo(MtlsMode.valueOf("MTLS_MODE_" + mode));
  }

  @Test
  void aModeThatIsNoneIsTakenForTheStrictOne() {
    Namespace misspelt =
        new Namespace(
            ObjectMeta.of("", "shop").withLabels(Map.of(Namespace.MTLS_LABEL, "stict")), Map.of());
    Derivation derivation = Derivation.of(Snapshot.of(List.of(misspelt)), null);

    assertThat(derivation.get(new MtlsModes.Of("shop"))).isEqualTo(MtlsMode.MTLS_MODE_STRICT);
    assertThat(derivation.get(new MtlsModes.Of("none"))).isEqualTo(MtlsMode.MTLS_MODE_PERMISSIVE);
  }

  @Test
  void nodesHaveAnAddressAndANetwork() {
    World world =
        new World(
            """
            apiVersion: v1
            kind: Node
            metadata: {name: n1}
            spec: {podCIDR: 10.244.1.0/24}
            status:
              addresses:
              - {type: Hostname, address: n1}
              - {type: InternalIP, address: "fd00::1"}
              - {type: InternalIP, address: 172.31.0.11}
            ---
            apiVersion: v1
            kind: Node
            metadata: {name: n2}
            """);

    Node node = world.resource("node/n1").getNode();
    assertThat(node.getAddress().toByteArray()).containsExactly((byte) 172, 31, 0, 11);
    assertThat(node.getPodNetwork().toByteArray()).containsExactly(10, (byte) 244, 1, 0);
    assertThat(node.getPodPrefixLength()).isEqualTo(24);
    assertThat(world.resources()).doesNotContainKey("node/n2");
  }
}
