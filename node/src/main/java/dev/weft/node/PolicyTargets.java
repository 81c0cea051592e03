package dev.weft.node;

import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Workload;
import dev.weft.routing.MeshView;
import java.util.HashSet;
import java.util.Set;

/**
 * What authorization policies are attached to: only the proxy can ask them, and tell of what they
 * would have refused. Pure.
 *
 * @param gateways "namespace/name"
 * @param services "namespace/name"
 * @param guarded those of the services that a policy may refuse something: no connection may go
 *     past the proxy, older ones neither
 * @param identities of pods
 * @param namespaces whose pods all have a policy
 */
record PolicyTargets(
    Set<String> gateways,
    Set<String> services,
    Set<String> guarded,
    Set<Integer> identities,
    Set<String> namespaces) {

  static PolicyTargets of(MeshView mesh) {
    PolicyTargets targets =
        new PolicyTargets(
            new HashSet<>(), new HashSet<>(), new HashSet<>(), new HashSet<>(), new HashSet<>());
    DatapathStates.all(mesh, BodyCase.AUTHORIZATION, Resource::getAuthorization)
        .forEach(targets::add);
    return targets;
  }

  private void add(AuthorizationRules rules) {
    boolean refuses =
        !rules.getDryRun() && rules.getAction() != AuthorizationRules.Action.ACTION_AUDIT;
    if (rules.getTargetsList().isEmpty()) {
      namespaces.add(rules.getNamespace());
    }
    for (AuthorizationRules.Target target : rules.getTargetsList()) {
      switch (target.getKindCase()) {
        case SERVICE -> {
          services.add(name(target.getService()));
          if (refuses) {
            guarded.add(name(target.getService()));
          }
        }
        case GATEWAY -> gateways.add(name(target.getGateway()));
        case WORKLOADS -> identities.addAll(target.getWorkloads().getNumbersList());
        // Of a kind to come: whom it is meant for is not known here, so all are read.
        case KIND_NOT_SET -> namespaces.add(rules.getNamespace());
      }
    }
  }

  private static String name(AuthorizationRules.Target.Ref target) {
    return target.getNamespace() + "/" + target.getName();
  }

  /** Whether plaintext for this pod must be read. */
  boolean inspects(Workload pod) {
    return identities.contains(pod.getIdentity()) || namespaces.contains(pod.getNamespace());
  }
}
