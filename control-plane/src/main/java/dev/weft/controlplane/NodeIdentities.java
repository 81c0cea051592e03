package dev.weft.controlplane;

import dev.weft.identity.InvalidIdentityException;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.resources.Gateway;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.Pod;
import dev.weft.resources.Snapshot;
import io.spiffe.spiffeid.TrustDomain;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which identities live on which node: those of the pods that are scheduled there, and that of
 * Gateways (every node serves them) while there is one. Immutable.
 */
final class NodeIdentities {
  private static final Logger LOG = LoggerFactory.getLogger(NodeIdentities.class);

  /** Nothing is scheduled anywhere. */
  static final NodeIdentities NONE = new NodeIdentities(Map.of(), Set.of());

  private final Map<String, Set<WorkloadIdentity>> byNode;
  private final Set<WorkloadIdentity> everywhere;

  private NodeIdentities(
      Map<String, Set<WorkloadIdentity>> byNode, Set<WorkloadIdentity> everywhere) {
    this.byNode = byNode;
    this.everywhere = everywhere;
  }

  static NodeIdentities of(Snapshot snapshot, TrustDomain trustDomain) {
    Map<String, Set<WorkloadIdentity>> byNode = new HashMap<>();
    snapshot
        .all(Pod.class)
        // Traffic of a pod on the host's network cannot be told from the node's own.
        .filter(Pod::networked)
        .forEach(
            pod -> {
              try {
                WorkloadIdentity identity =
                    new WorkloadIdentity(
                        trustDomain, pod.metadata().namespace(), pod.spec().serviceAccountName());
                byNode
                    .computeIfAbsent(pod.spec().nodeName(), node -> new HashSet<>())
                    .add(identity);
              } catch (InvalidIdentityException e) {
                LOG.warn("{} gets no identity: {}", pod.ref(), e.getMessage());
              }
            });
    return new NodeIdentities(byNode, gateways(snapshot, trustDomain));
  }

  private static Set<WorkloadIdentity> gateways(Snapshot snapshot, TrustDomain trustDomain) {
    Set<String> classes =
        snapshot
            .all(GatewayClass.class)
            .filter(each -> each.spec().controllerName().equals(GatewayClass.WEFT_CONTROLLER))
            .map(each -> each.metadata().name())
            .collect(Collectors.toSet());
    Set<WorkloadIdentity> identities = new HashSet<>();
    snapshot
        .all(Gateway.class)
        .filter(gateway -> classes.contains(gateway.spec().gatewayClassName()))
        .map(Gateway::metadata)
        .forEach(
            meta ->
                identities.add(
                    WorkloadIdentity.ofGateway(trustDomain, meta.namespace(), meta.name())));
    return identities;
  }

  /** Whether a node may speak for a workload. */
  boolean allows(String node, WorkloadIdentity workload) {
    return everywhere.contains(workload) || byNode.getOrDefault(node, Set.of()).contains(workload);
  }
}
