package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Workload;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.IdentityLabels;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Pod;
import org.jspecify.annotations.Nullable;

/**
 * One Pod.
 *
 * @param resource null for a Pod that is no workload of the mesh: not scheduled, finished, or on
 *     its node's own network
 * @param identity what the Pod's network identity stands for; null like the resource
 */
record WorkloadTranslation(@Nullable Resource resource, @Nullable IdentityLabels identity) {

  /** Translates one Pod. */
  record Of(Context context, String namespace, String name)
      implements Derivation.Query<WorkloadTranslation> {
    @Override
    public WorkloadTranslation compute(Derivation.Reader reader) {
      Pod pod = reader.object(Pod.class, namespace, name);
      if (pod == null || !pod.networked()) {
        return new WorkloadTranslation(null, null);
      }
      IdentityLabels identity = IdentityLabels.of(pod, reader);
      Owner owner = Owner.of(pod.metadata());
      byte[] address = Cidr.ipv4(pod.status().podIP());
      Workload made =
          Workload.newBuilder()
              .setUid(pod.metadata().uid())
              .setNamespace(namespace)
              .setName(name)
              .setOwnerKind(owner.kind)
              .setOwnerName(owner.name)
              .setServiceAccount(identity.serviceAccount())
              .setNode(pod.spec().nodeName())
              .setAddress(address == null ? ByteString.EMPTY : ByteString.copyFrom(address))
              .setIdentity(context.identities().numberOf(identity))
              .setMtls(reader.get(new MtlsModes.Of(namespace)))
              .build();
      String resourceName = "workload/" + namespace + "/" + name;
      return new WorkloadTranslation(
          Resource.newBuilder().setName(resourceName).setWorkload(made).build(), identity);
    }
  }

  /** Who made a Pod, as people know it: the Deployment, not its ReplicaSet. */
  private record Owner(String kind, String name) {
    private static final String TEMPLATE_HASH = "pod-template-hash";

    static Owner of(ObjectMeta pod) {
      for (ObjectMeta.OwnerReference owner : pod.ownerReferences()) {
        if (owner.controller() || pod.ownerReferences().size() == 1) {
          String suffix = "-" + pod.labels().getOrDefault(TEMPLATE_HASH, "");
          // A Deployment names its ReplicaSets after itself and the template's hash.
          return owner.kind().equals("ReplicaSet")
                  && suffix.length() > 1
                  && owner.name().endsWith(suffix)
              ? new Owner(
                  "Deployment", owner.name().substring(0, owner.name().length() - suffix.length()))
              : new Owner(owner.kind(), owner.name());
        }
      }
      return new Owner("Pod", pod.name());
    }
  }
}
