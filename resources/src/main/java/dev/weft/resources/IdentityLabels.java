package dev.weft.resources;

import java.util.Map;

/** What a network identity stands for: Pods which no policy can tell apart. */
public record IdentityLabels(String namespace, String serviceAccount, Map<String, String> labels) {
  public IdentityLabels {
    labels = Map.copyOf(labels);
  }

  /** The labels of a Pod's identity. */
  public static IdentityLabels of(Pod pod) {
    return new IdentityLabels(
        pod.metadata().namespace(), pod.spec().serviceAccountName(), pod.metadata().labels());
  }
}
