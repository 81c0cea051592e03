package dev.weft.routing;

/**
 * One pod. The same instance is handed out until something about the pod changes, so callers may
 * cache by identity.
 *
 * @param owner workload name for telemetry, for example "web"; the pod's name when nothing owns it
 * @param spiffeId "spiffe://trust-domain/ns/namespace/sa/service-account"
 * @param identity number of the pod's label set
 * @param address IPv4 in host order; 0 until the node has given the pod one
 */
public record WorkloadInfo(
    String namespace,
    String pod,
    String uid,
    String ownerKind,
    String owner,
    String serviceAccount,
    String spiffeId,
    String node,
    int identity,
    MtlsMode mtls,
    int address) {

  /** The SPIFFE id as policies write it: without "spiffe://". */
  public String principal() {
    return spiffeId.substring("spiffe://".length());
  }

  /** Whether the pod speaks HBONE at all. */
  public boolean inMesh() {
    return mtls != MtlsMode.DISABLED;
  }
}
