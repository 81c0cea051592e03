package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.CustomResourceDefinition;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.Node;
import dev.weft.resources.Pod;
import dev.weft.resources.Secret;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KubernetesObjectsTest {

  @Test
  void aPodKeepsWhatTheMeshNeeds() {
    Pod pod =
        (Pod)
            present(
                Kind.POD,
                """
                metadata:
                  name: web-1
                  namespace: shop
                  uid: u1
                  resourceVersion: "77"
                  labels: {app: web}
                  annotations:
                    kubectl.kubernetes.io/last-applied-configuration: "{...}"
                    weft.dev/note: kept
                  managedFields: [{manager: kubelet}]
                  ownerReferences:
                  - {apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: u0, controller: true}
                spec:
                  nodeName: n1
                  serviceAccountName: web
                  futureField: {a: [1, 2]}
                  containers:
                  - name: main
                    image: web:1
                    env: [{name: A, value: b}]
                    ports: [{name: http, containerPort: 8080, protocol: TCP}]
                status:
                  phase: Running
                  podIP: 10.244.1.7
                  podIPs: [{ip: 10.244.1.7}]
                  conditions:
                  - {type: PodScheduled, status: "True"}
                  - {type: Ready, status: "True", lastProbeTime: null}
                  containerStatuses: [{name: main, restartCount: 3}]
                """);

    assertThat(pod.metadata().uid()).isEqualTo("u1");
    assertThat(pod.metadata().resourceVersion()).isEmpty();
    assertThat(pod.metadata().annotations()).containsExactly(Map.entry("weft.dev/note", "kept"));
    assertThat(pod.metadata().ownerReferences().getFirst().controller()).isTrue();
    assertThat(pod.spec().nodeName()).isEqualTo("n1");
    assertThat(pod.spec().containers().getFirst().ports().getFirst().containerPort())
        .isEqualTo(8080);
    assertThat(pod.spec().containers().getFirst().image()).isEmpty();
    assertThat(pod.spec().carried()).isEmpty();
    assertThat(pod.status().carried()).isEmpty();
    assertThat(pod.ready()).isTrue();
    assertThat(pod.status().conditions()).hasSize(1);
  }

  @Test
  void aNodesHeartbeatChangesNothing() {
    String node =
        """
        metadata: {name: n1, resourceVersion: "%s"}
        spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24]}
        status:
          addresses: [{type: InternalIP, address: 10.0.0.1}]
          conditions: [{type: Ready, status: "True", lastHeartbeatTime: "2026-01-01T00:00:0%sZ"}]
          images: [{names: [big], sizeBytes: 1}]
        """;
    KubeObject first = present(Kind.NODE, node.formatted("1", "1"));

    assertThat(present(Kind.NODE, node.formatted("2", "2"))).isEqualTo(first);
    assertThat(((Node) first).status().addresses().getFirst().address()).isEqualTo("10.0.0.1");
  }

  @Test
  void weftsOwnStatusChangesNothing() {
    String route =
        """
        metadata: {name: r, namespace: shop, generation: 3, resourceVersion: "%s"}
        spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}
        status: {parents: %s}
        """;
    KubeObject first = present(Kind.HTTP_ROUTE, route.formatted("1", "[]"));

    assertThat(present(Kind.HTTP_ROUTE, route.formatted("2", "[{controllerName: a/b}]")))
        .isEqualTo(first);
    assertThat(((HttpRoute) first).metadata().generation()).isEqualTo(3);
  }

  @Test
  void ofSecretsOnlyWhatCanBeReferencedStays() {
    String big = Base64.getEncoder().encodeToString(new byte[300 << 10]);
    Secret secret =
        (Secret)
            present(
                Kind.SECRET,
                """
                metadata: {name: s, namespace: shop}
                type: kubernetes.io/tls
                data: {tls.crt: YQ==, tls.key: %s, password: c2VjcmV0}
                """
                    .formatted(big));
    assertThat(secret.data()).containsExactly(Map.entry("tls.crt", "YQ=="));
    assertThat(secret.type()).isEqualTo(Secret.TLS_TYPE);

    assertThat(
            read(
                Kind.SECRET,
                """
                metadata: {name: s, namespace: shop}
                type: helm.sh/release.v1
                data: {release: YQ==}
                """))
        .isEqualTo(new Change.Gone());
  }

  @Test
  void ofDefinitionsTheReleaseIsKeptAndOnlyOfTheGatewayApis() {
    String yaml =
        """
        metadata:
          name: xs.%s
          annotations: {gateway.networking.k8s.io/bundle-version: v1.7.0}
        spec: {group: %s, scope: Namespaced, names: {kind: X}, versions: [{name: v1, schema: {}}]}
        """;
    String ours = "gateway.networking.x-k8s.io";
    CustomResourceDefinition kept =
        (CustomResourceDefinition)
            present(Kind.CUSTOM_RESOURCE_DEFINITION, yaml.formatted(ours, ours));

    assertThat(kept.bundleVersion()).isEqualTo("v1.7.0");
    assertThat(kept.spec().carried()).isEmpty();
    assertThat(read(Kind.CUSTOM_RESOURCE_DEFINITION, yaml.formatted("example.com", "example.com")))
        .isEqualTo(new Change.Gone());
  }

  @Test
  void whatCannotBeUnderstoodIsSaidByName() {
    Change change =
        read(
            Kind.HTTP_ROUTE,
            """
            metadata: {name: r, namespace: shop}
            spec: {rules: nonsense}
            """);

    assertThat(change).isInstanceOf(Change.Unreadable.class);
    assertThat(((Change.Unreadable) change).refusals().getFirst().toString())
        .contains("HTTPRoute shop/r")
        .contains("spec.rules");
  }

  @Test
  void anObjectNestedWithoutEndIsRefused() {
    String deep = "{a: ".repeat(200) + "1" + "}".repeat(200);

    assertThat(read(Kind.SERVICE, "metadata: {name: s, namespace: shop}\nspec: " + deep))
        .isInstanceOf(Change.Unreadable.class);
  }

  private static KubeObject present(Kind kind, String yaml) {
    Change change = read(kind, yaml);
    assertThat(change).isInstanceOf(Change.Present.class);
    return ((Change.Present) change).object();
  }

  private static Change read(Kind kind, String yaml) {
    return KubernetesObjects.read(
        kind, Serialization.unmarshal(yaml, GenericKubernetesResource.class));
  }
}
