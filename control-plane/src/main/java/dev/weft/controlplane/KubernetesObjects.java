package dev.weft.controlplane;

import dev.weft.resources.ConfigMap;
import dev.weft.resources.CustomResourceDefinition;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ResourceParser;
import dev.weft.resources.Secret;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Objects as an API server sends them → records, without all that nobody here reads: a cluster's
 * Pods, Nodes and Secrets are mostly that. What stays of an object does not change with its status
 * or its version, so Weft's own writes wake nobody. Pure.
 */
final class KubernetesObjects {
  /** The Secrets that a Gateway API object can reference. */
  private static final Set<String> SECRET_TYPES = Set.of("Opaque", Secret.TLS_TYPE);

  private static final Set<String> SECRET_KEYS =
      Set.of(Secret.TLS_CERT, Secret.TLS_KEY, ConfigMap.CA_CERTIFICATES);
  private static final Set<String> CONFIG_MAP_KEYS = Set.of(ConfigMap.CA_CERTIFICATES);

  /** Longer values are left out: no chain of certificates and no bundle is this long. */
  private static final int MAX_VALUE = 256 << 10;

  /** Written by people's tools for themselves, and as long as the object. */
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private static final ResourceParser PARSER = ResourceParser.lenient();

  private KubernetesObjects() {}

  static ObjectRef ref(Kind kind, GenericKubernetesResource raw) {
    String namespace = raw.getMetadata().getNamespace();
    return new ObjectRef(kind, namespace == null ? "" : namespace, raw.getMetadata().getName());
  }

  /** What the object means. */
  static Change read(Kind kind, GenericKubernetesResource raw) {
    Map<String, Object> content = content(kind, raw.getAdditionalProperties());
    if (content == null) {
      return new Change.Gone();
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", kind.apiVersion());
    object.put("kind", kind.kind());
    object.put("metadata", metadata(raw.getMetadata()));
    object.putAll(content);
    ResourceParser.Parsed parsed = PARSER.parse(ref(kind, raw).toString(), object);
    return parsed.objects().isEmpty()
        ? new Change.Unreadable(parsed.refusals())
        : new Change.Present(parsed.objects().getFirst());
  }

  private static Map<String, Object> metadata(ObjectMeta meta) {
    Map<String, Object> kept = new LinkedHashMap<>();
    kept.put("name", meta.getName());
    kept.put("namespace", meta.getNamespace());
    kept.put("uid", meta.getUid());
    kept.put("labels", meta.getLabels());
    if (meta.getAnnotations() != null) {
      Map<String, String> annotations = new LinkedHashMap<>(meta.getAnnotations());
      annotations.remove(LAST_APPLIED);
      kept.put("annotations", annotations);
    }
    kept.put("generation", meta.getGeneration());
    kept.put("creationTimestamp", meta.getCreationTimestamp());
    kept.put("deletionTimestamp", meta.getDeletionTimestamp());
    if (meta.getOwnerReferences() != null) {
      kept.put(
          "ownerReferences",
          meta.getOwnerReferences().stream().map(KubernetesObjects::owner).toList());
    }
    return kept;
  }

  private static Map<String, Object> owner(OwnerReference owner) {
    Map<String, Object> kept = new LinkedHashMap<>();
    kept.put("apiVersion", owner.getApiVersion());
    kept.put("kind", owner.getKind());
    kept.put("name", owner.getName());
    kept.put("uid", owner.getUid());
    kept.put("controller", owner.getController());
    return kept;
  }

  private static @Nullable Map<String, Object> content(Kind kind, Map<String, Object> all) {
    return switch (kind) {
      case POD -> pod(all);
      case NODE ->
          Map.of(
              "spec", picked(all.get("spec"), "podCIDR", "podCIDRs"),
              "status", picked(all.get("status"), "addresses"));
      case SECRET ->
          SECRET_TYPES.contains(String.valueOf(all.getOrDefault("type", "Opaque")))
              ? data(all, SECRET_KEYS)
              : null;
      case CONFIG_MAP -> data(all, CONFIG_MAP_KEYS);
      case CUSTOM_RESOURCE_DEFINITION -> definition(all);
      case NAMESPACE, SERVICE_ACCOUNT -> Map.of();
      default -> {
        Map<String, Object> kept = new LinkedHashMap<>(all);
        kept.remove("status");
        yield kept;
      }
    };
  }

  /** Everybody else's are none of Weft's business, and schemas fill megabytes. */
  private static @Nullable Map<String, Object> definition(Map<String, Object> all) {
    Map<String, Object> spec = picked(all.get("spec"), "group");
    return spec.get("group") instanceof String group && CustomResourceDefinition.isGatewayApi(group)
        ? Map.of("spec", spec)
        : null;
  }

  private static Map<String, Object> pod(Map<String, Object> all) {
    Map<String, Object> spec =
        picked(all.get("spec"), "nodeName", "serviceAccountName", "hostNetwork");
    for (String field : List.of("containers", "initContainers")) {
      if (all.get("spec") instanceof Map<?, ?> given && given.get(field) instanceof List<?> list) {
        spec.put(field, list.stream().map(each -> picked(each, "name", "ports")).toList());
      }
    }
    Map<String, Object> status = picked(all.get("status"), "phase", "podIP", "podIPs");
    if (all.get("status") instanceof Map<?, ?> given
        && given.get("conditions") instanceof List<?> conditions) {
      List<Object> kept = new ArrayList<>();
      for (Object condition : conditions) {
        if (condition instanceof Map<?, ?> map && "Ready".equals(map.get("type"))) {
          kept.add(picked(map, "type", "status"));
        }
      }
      status.put("conditions", kept);
    }
    return Map.of("spec", spec, "status", status);
  }

  private static Map<String, Object> data(Map<String, Object> all, Set<String> keys) {
    Map<String, Object> kept = picked(all, "type", "immutable");
    Map<String, Object> data = new LinkedHashMap<>();
    if (all.get("data") instanceof Map<?, ?> values) {
      for (String key : keys) {
        if (values.get(key) instanceof String value && value.length() <= MAX_VALUE) {
          data.put(key, value);
        }
      }
    }
    kept.put("data", data);
    return kept;
  }

  private static Map<String, Object> picked(@Nullable Object from, String... fields) {
    Map<String, Object> kept = new LinkedHashMap<>();
    if (from instanceof Map<?, ?> map) {
      for (String field : fields) {
        Object value = map.get(field);
        if (value != null) {
          kept.put(field, value);
        }
      }
    }
    return kept;
  }
}
