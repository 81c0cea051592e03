package dev.weft.controlplane;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Applies statuses with the field manager that is Weft's controller name. Any thread. */
final class ServerSideApply implements StatusApi {
  private static final int INVALID = 422;

  /** With force: what is ours and somebody else wrote is taken back. */
  static final PatchContext AS_WEFT =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(GatewayClass.WEFT_CONTROLLER)
          .withForce(true)
          .build();

  private final KubernetesClient client;
  private final ObservedStatuses observed;
  private final Map<Kind, ResourceDefinitionContext> contexts = new ConcurrentHashMap<>();

  ServerSideApply(KubernetesClient client, ObservedStatuses observed) {
    this.client = client;
    this.observed = observed;
  }

  @Override
  public Outcome apply(ObjectRef ref, String version, StatusPatch patch) {
    try {
      ResourceDefinitionContext context = context(ref.kind());
      if (context == null) {
        return new Outcome.Gone();
      }
      observed.answered(ref, apply(context, body(context, ref, version, patch)));
      return new Outcome.Applied();
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_GONE -> new Outcome.Gone();
        case HttpURLConnection.HTTP_CONFLICT -> new Outcome.Conflict();
        case INVALID -> new Outcome.Failed("the API server finds it invalid: " + e.getMessage());
        default -> new Outcome.Failed(String.valueOf(e.getMessage()));
      };
    }
  }

  private @Nullable ResourceDefinitionContext context(Kind kind) {
    ResourceDefinitionContext known = contexts.get(kind);
    if (known == null) {
      known = new ApiCatalog(client).find(kind);
      if (known != null) {
        contexts.put(kind, known);
      }
    }
    return known;
  }

  private GenericKubernetesResource apply(
      ResourceDefinitionContext context, GenericKubernetesResource body) {
    var all = client.genericKubernetesResources(context);
    var one =
        context.isNamespaceScoped()
            ? all.inNamespace(body.getMetadata().getNamespace()).resource(body)
            : all.resource(body);
    return one.subresource("status").patch(AS_WEFT, body);
  }

  private static GenericKubernetesResource body(
      ResourceDefinitionContext context, ObjectRef ref, String version, StatusPatch patch) {
    ObjectMeta meta = new ObjectMeta();
    meta.setName(ref.name());
    if (!ref.namespace().isEmpty()) {
      meta.setNamespace(ref.namespace());
    }
    if (patch.exact()) {
      meta.setResourceVersion(version);
    }
    GenericKubernetesResource body = new GenericKubernetesResource();
    body.setApiVersion(context.getGroup() + "/" + context.getVersion());
    body.setKind(context.getKind());
    body.setMetadata(meta);
    Map<String, Object> status =
        ObservedStatuses.JSON.convertValue(patch.status(), new TypeReference<>() {});
    body.setAdditionalProperty("status", status);
    return body;
  }
}
