package dev.weft.controlplane;

import dev.weft.resources.Kind;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which kinds an API server serves at the moment. For one round of questions, on one thread. */
final class ApiCatalog {
  private final KubernetesClient client;
  private final Map<String, List<APIResource>> asked = new HashMap<>();

  ApiCatalog(KubernetesClient client) {
    this.client = client;
  }

  /**
   * How to reach objects of a kind, in the first version that is served; null while its definition
   * is not installed.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if the server does not answer
   */
  @Nullable ResourceDefinitionContext find(Kind kind) {
    for (String apiVersion : kind.apiVersions()) {
      for (APIResource resource : asked.computeIfAbsent(apiVersion, this::ask)) {
        if (resource.getKind().equals(kind.kind()) && !resource.getName().contains("/")) {
          int slash = apiVersion.indexOf('/');
          return new ResourceDefinitionContext.Builder()
              .withGroup(slash < 0 ? "" : apiVersion.substring(0, slash))
              .withVersion(apiVersion.substring(slash + 1))
              .withKind(kind.kind())
              .withPlural(resource.getName())
              .withNamespaced(kind.namespaced())
              .build();
        }
      }
    }
    return null;
  }

  private List<APIResource> ask(String apiVersion) {
    APIResourceList list = client.getApiResources(apiVersion);
    return list == null ? List.of() : list.getResources();
  }
}
