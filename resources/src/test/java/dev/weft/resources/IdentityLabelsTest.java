package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityLabelsTest {
  private static final String PODS =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: web-1, namespace: shop, labels: {app: web, pod-template-hash: 5f, controller-revision-hash: c1}}
      spec: {serviceAccountName: web, containers: [{name: c}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: web-2, namespace: shop, labels: {app: web, pod-template-hash: 6a, controller-revision-hash: c1}}
      spec: {serviceAccountName: web, containers: [{name: c}]}
      """;

  @Test
  void podsOfTwoRolloutsAreOneIdentity() {
    Snapshot snapshot = snapshot(PODS);
    assertThat(identity(snapshot, "web-1"))
        .isEqualTo(identity(snapshot, "web-2"))
        .isEqualTo(new IdentityLabels("shop", "web", Map.of("app", "web")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{podSelector: {matchLabels: {pod-template-hash: 5f}}}",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: pod-template-hash, operator: Exists}]}}]}]}",
        "{podSelector: {}, egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {pod-template-hash: 5f}}}]}]}"
      })
  void aLabelThatAPolicySelectsByTellsThemApart(String spec) {
    Snapshot snapshot =
        snapshot(
            PODS,
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: old, namespace: shop}
            spec: %s
            """
                .formatted(spec));
    assertThat(identity(snapshot, "web-1").labels())
        .isEqualTo(Map.of("app", "web", "pod-template-hash", "5f"));
    assertThat(identity(snapshot, "web-2").labels())
        .isEqualTo(Map.of("app", "web", "pod-template-hash", "6a"));
  }

  private record Of(String name) implements Derivation.Query<IdentityLabels> {
    @Override
    public IdentityLabels compute(Derivation.Reader reader) {
      @Nullable Pod pod = reader.object(Pod.class, "shop", name);
      return IdentityLabels.of(Objects.requireNonNull(pod), reader);
    }
  }

  private static IdentityLabels identity(Snapshot snapshot, String pod) {
    return Derivation.of(snapshot, null).get(new Of(pod));
  }

  private static Snapshot snapshot(String... yamls) {
    Snapshot snapshot = Snapshot.empty();
    for (String yaml : yamls) {
      ResourceParser.Parsed parsed = ResourceParser.strict().parse("test.yaml", yaml);
      assertThat(parsed.refusals()).isEmpty();
      snapshot = snapshot.with(parsed.objects(), List.of());
    }
    return snapshot;
  }
}
