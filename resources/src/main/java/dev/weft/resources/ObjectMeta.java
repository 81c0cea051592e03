package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Labels;
import dev.weft.resources.Schema.Text;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What every object says about itself.
 *
 * @param namespace "" for kinds that live in none; the parser fills in "default" for the others
 * @param uid "" until an API server gives one
 * @param generation 0 until an API server counts; statuses repeat it as observedGeneration
 */
public record ObjectMeta(
    @Text(min = 1, max = 253) String name,
    @Default("") @Text(max = 63, pattern = "|" + Schema.DNS_LABEL) String namespace,
    @Default("") String uid,
    @Labels Map<String, String> labels,
    Map<String, String> annotations,
    @Default("0") long generation,
    @Default("") String resourceVersion,
    @Nullable Instant creationTimestamp,
    @Nullable Instant deletionTimestamp,
    List<OwnerReference> ownerReferences,
    @Carried({
          "generateName",
          "selfLink",
          "finalizers",
          "managedFields",
          "deletionGracePeriodSeconds"
        })
        Map<String, JsonNode> carried) {

  /** Tells whose object it is, when it is a program's (Kubernetes' recommended labels). */
  public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";

  public static final String MANAGED_BY_WEFT = "weft";

  /** The object that made this one, for example a Pod's ReplicaSet. */
  public record OwnerReference(
      String apiVersion,
      String kind,
      @Text(min = 1) String name,
      @Default("") String uid,
      boolean controller,
      boolean blockOwnerDeletion) {}

  /** Metadata with nothing but a name. */
  public static ObjectMeta of(String namespace, String name) {
    return new ObjectMeta(
        name, namespace, "", Map.of(), Map.of(), 0, "", null, null, List.of(), Map.of());
  }

  public ObjectMeta withNamespace(String value) {
    return new ObjectMeta(
        name,
        value,
        uid,
        labels,
        annotations,
        generation,
        resourceVersion,
        creationTimestamp,
        deletionTimestamp,
        ownerReferences,
        carried);
  }

  /** What an API server fills in when an object is created or its spec changes. */
  public ObjectMeta withIdentity(String newUid, long newGeneration, @Nullable Instant created) {
    return new ObjectMeta(
        name,
        namespace,
        newUid,
        labels,
        annotations,
        newGeneration,
        resourceVersion,
        created,
        deletionTimestamp,
        ownerReferences,
        carried);
  }

  public ObjectMeta withResourceVersion(String value) {
    return new ObjectMeta(
        name,
        namespace,
        uid,
        labels,
        annotations,
        generation,
        value,
        creationTimestamp,
        deletionTimestamp,
        ownerReferences,
        carried);
  }

  public ObjectMeta withLabels(Map<String, String> value) {
    return new ObjectMeta(
        name,
        namespace,
        uid,
        Map.copyOf(value),
        annotations,
        generation,
        resourceVersion,
        creationTimestamp,
        deletionTimestamp,
        ownerReferences,
        carried);
  }

  public ObjectMeta withOwnerReferences(List<OwnerReference> value) {
    return new ObjectMeta(
        name,
        namespace,
        uid,
        labels,
        annotations,
        generation,
        resourceVersion,
        creationTimestamp,
        deletionTimestamp,
        List.copyOf(value),
        carried);
  }

  public ObjectMeta withDeletionTimestamp(@Nullable Instant value) {
    return new ObjectMeta(
        name,
        namespace,
        uid,
        labels,
        annotations,
        generation,
        resourceVersion,
        creationTimestamp,
        value,
        ownerReferences,
        carried);
  }
}
