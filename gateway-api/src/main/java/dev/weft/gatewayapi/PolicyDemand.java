package dev.weft.gatewayapi;

import dev.weft.resources.AuthorizationPolicy;
import dev.weft.resources.Derivation;
import dev.weft.resources.LabelSelector;
import dev.weft.resources.Pod;
import dev.weft.resources.Service;
import java.util.Map;

/** Which of a Service's ports an AuthorizationPolicy makes the proxy's business. */
enum PolicyDemand {
  /** No policy looks at what the Service is sent. */
  NONE,
  /** A policy on the Pods behind it reads requests; it has no meaning where no HTTP is spoken. */
  HTTP,
  /** A policy is attached to the Service itself: only the proxy can hold it, on every port. */
  EVERYTHING;

  /** Looks at the policies of one Service. */
  record Of(String namespace, String name) implements Derivation.Query<PolicyDemand> {
    @Override
    public PolicyDemand compute(Derivation.Reader reader) {
      Service service = reader.object(Service.class, namespace, name);
      PolicyDemand demand = NONE;
      for (AuthorizationPolicy policy : reader.inNamespace(AuthorizationPolicy.class, namespace)) {
        if (targets(policy, name)) {
          return EVERYTHING;
        }
        if (policy.spec().targetRefs().isEmpty()
            && readsRequests(policy)
            && service != null
            && protectsEndpoints(reader, policy, service)) {
          demand = HTTP;
        }
      }
      return demand;
    }
  }

  private static boolean targets(AuthorizationPolicy policy, String service) {
    return policy.spec().targetRefs().stream()
        .anyMatch(target -> target.isService() && target.name().equals(service));
  }

  /** Whether a policy needs more than addresses, ports and identities. */
  static boolean readsRequests(AuthorizationPolicy policy) {
    return policy.spec().rules().stream()
        .anyMatch(
            rule ->
                // Every variable about requests begins so; a string that does is no harm.
                rule.when().stream().anyMatch(expression -> expression.contains("request"))
                    || rule.to().stream().anyMatch(to -> readsRequests(to.operation())));
  }

  private static boolean readsRequests(AuthorizationPolicy.Operation operation) {
    return !(operation.hosts().isEmpty()
        && operation.notHosts().isEmpty()
        && operation.methods().isEmpty()
        && operation.notMethods().isEmpty()
        && operation.paths().isEmpty()
        && operation.notPaths().isEmpty());
  }

  private static boolean protectsEndpoints(
      Derivation.Reader reader, AuthorizationPolicy policy, Service service) {
    LabelSelector selector = policy.spec().selector();
    Map<String, String> wanted = service.spec().selector();
    if (selector == null || wanted.isEmpty()) {
      return true;
    }
    LabelSelector endpoints = new LabelSelector(wanted, java.util.List.of());
    return reader.inNamespace(Pod.class, service.metadata().namespace()).stream()
        .map(pod -> pod.metadata().labels())
        .anyMatch(labels -> endpoints.matches(labels) && selector.matches(labels));
  }
}
