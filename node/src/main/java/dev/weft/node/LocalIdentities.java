package dev.weft.node;

import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Workload;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.routing.MeshView;
import io.spiffe.spiffeid.TrustDomain;
import java.util.HashSet;
import java.util.Set;

/** Whom a node needs certificates for. Pure. */
final class LocalIdentities {
  private LocalIdentities() {}

  /** Identities of the node's pods in the mesh, and of every Gateway: each node serves them all. */
  static Set<WorkloadIdentity> of(MeshView mesh, String node) {
    Set<WorkloadIdentity> identities = new HashSet<>();
    Resource settings = mesh.get("mesh");
    if (settings == null) {
      return identities;
    }
    TrustDomain domain = TrustDomain.parse(settings.getMesh().getTrustDomain());
    mesh.forEach(
        BodyCase.WORKLOAD,
        resource -> {
          Workload workload = resource.getWorkload();
          if (workload.getNode().equals(node)
              && workload.getMtls() != MtlsMode.MTLS_MODE_DISABLED) {
            identities.add(
                new WorkloadIdentity(
                    domain, workload.getNamespace(), workload.getServiceAccount()));
          }
        });
    mesh.forEach(
        BodyCase.GATEWAY,
        resource -> {
          Gateway gateway = resource.getGateway();
          identities.add(
              WorkloadIdentity.ofGateway(domain, gateway.getNamespace(), gateway.getName()));
        });
    return identities;
  }
}
