package dev.weft.routing;

import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compiled authorization policies, and who they apply to. Immutable. */
record PolicyIndex(
    PersistentMap<String, CompiledPolicy> byName,
    Map<String, Authorizer> byNamespace,
    Map<WorkloadSet, Authorizer> byWorkloads,
    Map<Named, Authorizer> byService,
    Map<Named, Authorizer> byGateway) {
  static final PolicyIndex EMPTY =
      new PolicyIndex(PersistentMap.empty(), Map.of(), Map.of(), Map.of(), Map.of());

  /** The pods of a namespace with one label set. */
  record WorkloadSet(String namespace, int identity) {}

  /** A Service or a Gateway. */
  record Named(String namespace, String name) {}

  Authorizer workload(String namespace, int identity) {
    if (!byWorkloads.isEmpty()) {
      Authorizer own = byWorkloads.get(new WorkloadSet(namespace, identity));
      if (own != null) {
        return own;
      }
    }
    return byNamespace.getOrDefault(namespace, Authorizer.UNRESTRICTED);
  }

  PolicyIndex next(Changes changes) {
    PersistentMap.Edit<String, CompiledPolicy> edit = byName.edit();
    changes.each(
        BodyCase.AUTHORIZATION,
        change -> {
          if (change.after() == null) {
            edit.remove(change.name());
          } else {
            edit.put(change.name(), CompiledPolicy.of(change.after().getAuthorization()));
          }
        },
        change -> {
          if (change.after() != null && edit.get(change.name()) == null) {
            edit.put(change.name(), CompiledPolicy.refused(change.after().getAuthorization()));
          }
        });
    PersistentMap<String, CompiledPolicy> policies = edit.done();
    return policies == byName ? this : of(policies);
  }

  private static PolicyIndex of(PersistentMap<String, CompiledPolicy> byName) {
    TreeMap<String, CompiledPolicy> sorted = new TreeMap<>();
    byName.forEach(sorted::put);
    Map<String, List<CompiledPolicy>> namespaces = new HashMap<>();
    Map<WorkloadSet, List<CompiledPolicy>> workloads = new HashMap<>();
    Map<Named, List<CompiledPolicy>> services = new HashMap<>();
    Map<Named, List<CompiledPolicy>> gateways = new HashMap<>();
    for (CompiledPolicy policy : sorted.values()) {
      String namespace = policy.namespace();
      if (policy.targets().isEmpty()) {
        add(namespaces, namespace, policy);
      }
      for (AuthorizationRules.Target target : policy.targets()) {
        switch (target.getKindCase()) {
          case SERVICE -> add(services, named(target.getService()), policy);
          case GATEWAY -> add(gateways, named(target.getGateway()), policy);
          case WORKLOADS ->
              target.getWorkloads().getNumbersList().stream()
                  .distinct()
                  .forEach(number -> add(workloads, new WorkloadSet(namespace, number), policy));
          case KIND_NOT_SET -> {}
        }
      }
    }
    workloads.forEach((set, own) -> own.addAll(namespaces.getOrDefault(set.namespace, List.of())));
    return new PolicyIndex(
        byName,
        authorizers(namespaces),
        authorizers(workloads),
        authorizers(services),
        authorizers(gateways));
  }

  private static Named named(AuthorizationRules.Target.Ref ref) {
    return new Named(ref.getNamespace(), ref.getName());
  }

  @SuppressWarnings("ReferenceEquality") // instances are the versions
  private static <K> void add(Map<K, List<CompiledPolicy>> map, K key, CompiledPolicy policy) {
    List<CompiledPolicy> list = map.computeIfAbsent(key, _ -> new ArrayList<>());
    if (list.isEmpty() || list.getLast() != policy) {
      list.add(policy);
    }
  }

  private static <K> Map<K, Authorizer> authorizers(Map<K, List<CompiledPolicy>> policies) {
    Map<K, Authorizer> authorizers = new HashMap<>();
    policies.forEach((key, list) -> authorizers.put(key, new Authorizer(list)));
    return authorizers;
  }
}
