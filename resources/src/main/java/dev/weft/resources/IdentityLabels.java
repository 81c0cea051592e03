package dev.weft.resources;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a network identity stands for: Pods which no policy can tell apart.
 *
 * <p>Labels that controllers give a Pod to tell it from its siblings, or one rollout from the next,
 * are part of it only while some NetworkPolicy selects by them. Otherwise every rollout would take
 * new numbers, and each Pod of a StatefulSet one of its own.
 */
public record IdentityLabels(String namespace, String serviceAccount, Map<String, String> labels) {

  // Kubernetes, "Well-Known Labels, Annotations and Taints".
  private static final Set<String> OF_ONE_POD_OR_ROLLOUT =
      Set.of(
          "pod-template-hash",
          "pod-template-generation",
          "controller-revision-hash",
          "controller-uid",
          "job-name",
          "statefulset.kubernetes.io/pod-name",
          "apps.kubernetes.io/pod-index",
          "batch.kubernetes.io/controller-uid",
          "batch.kubernetes.io/job-name",
          "batch.kubernetes.io/job-completion-index");

  public IdentityLabels {
    labels = Map.copyOf(labels);
  }

  /** The labels of a Pod's identity. */
  public static IdentityLabels of(Pod pod, Derivation.Reader reader) {
    Map<String, String> labels = new HashMap<>(pod.metadata().labels());
    if (labels.keySet().stream().anyMatch(OF_ONE_POD_OR_ROLLOUT::contains)) {
      Set<String> selectedBy = reader.get(new SelectedBy());
      labels
          .keySet()
          .removeIf(key -> OF_ONE_POD_OR_ROLLOUT.contains(key) && !selectedBy.contains(key));
    }
    return new IdentityLabels(pod.metadata().namespace(), pod.spec().serviceAccountName(), labels);
  }

  /** Which of those labels NetworkPolicies select Pods by: as a rule none. */
  private record SelectedBy() implements Derivation.Query<Set<String>> {
    @Override
    public Set<String> compute(Derivation.Reader reader) {
      return reader.all(NetworkPolicy.class).stream()
          .flatMap(SelectedBy::selectors)
          .flatMap(LabelSelector::keys)
          .filter(OF_ONE_POD_OR_ROLLOUT::contains)
          .collect(Collectors.toUnmodifiableSet());
    }

    private static Stream<LabelSelector> selectors(NetworkPolicy policy) {
      NetworkPolicy.Spec spec = policy.spec();
      Stream<NetworkPolicy.Peer> peers =
          Stream.concat(
              spec.ingress().stream().flatMap(rule -> rule.from().stream()),
              spec.egress().stream().flatMap(rule -> rule.to().stream()));
      return Stream.concat(
          Stream.of(spec.podSelector()),
          peers.flatMap(peer -> Stream.ofNullable(peer.podSelector())));
    }
  }
}
