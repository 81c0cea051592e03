package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.TrafficSettings;
import dev.weft.resources.BackendTrafficPolicy;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Service;
import dev.weft.resources.SessionPersistence;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.TargetRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * XBackendTrafficPolicies: of those that target a backend, the oldest says it all (GEP-713: direct
 * policies are not merged).
 */
final class TrafficTranslation {
  private static final Comparator<BackendTrafficPolicy> PRECEDENCE =
      Comparator.comparing((BackendTrafficPolicy policy) -> created(policy.metadata()))
          .thenComparing(policy -> policy.metadata().name());

  private TrafficTranslation() {}

  private static Instant created(ObjectMeta metadata) {
    Instant created = metadata.creationTimestamp();
    return created == null ? Instant.MIN : created;
  }

  /** The settings of one Service; null in {@link Setting#resource} when no policy says anything. */
  record Of(String namespace, String service) implements Derivation.Query<Setting> {
    @Override
    public Setting compute(Derivation.Reader reader) {
      return reader.inNamespace(BackendTrafficPolicy.class, namespace).stream()
          .filter(policy -> policy.spec().targetRefs().stream().anyMatch(this::isTarget))
          .min(PRECEDENCE)
          .map(policy -> setting(policy, namespace, service))
          .orElse(new Setting("", null, null));
    }

    private boolean isTarget(TargetRef target) {
      return target.isService() && target.name().equals(service);
    }
  }

  /**
   * What holds for a Service.
   *
   * @param policy the name of the policy that decides, "" for none
   * @param resource null where nothing but a session is asked for
   */
  record Setting(
      String policy, @Nullable Resource resource, @Nullable SessionPersistence session) {}

  private static Setting setting(BackendTrafficPolicy policy, String namespace, String service) {
    BackendTrafficPolicy.Spec spec = policy.spec();
    BackendTrafficPolicy.RetryConstraint retries = spec.retryConstraint();
    Resource resource =
        retries == null
            ? null
            : Sealed.of(
                resourceName(namespace, service),
                Resource.newBuilder().setTraffic(settings(retries, namespace, service)));
    return new Setting(policy.metadata().name(), resource, spec.sessionPersistence());
  }

  private static String resourceName(String namespace, String service) {
    return "traffic/" + namespace + "/" + service;
  }

  private static TrafficSettings settings(
      BackendTrafficPolicy.RetryConstraint retries, String namespace, String service) {
    return TrafficSettings.newBuilder()
        .setServiceNamespace(namespace)
        .setServiceName(service)
        .setRetryBudgetPercent(retries.budget().percent())
        .setRetryBudgetIntervalMs(retries.budget().interval().toMillis())
        .setMinRetries(retries.minRetryRate().count())
        .setMinRetriesIntervalMs(retries.minRetryRate().interval().toMillis())
        .build();
  }

  /** What became of a policy's targets. */
  record FactsOf(String namespace, String name) implements Derivation.Query<Facts> {
    @Override
    public Facts compute(Derivation.Reader reader) {
      BackendTrafficPolicy policy = reader.object(BackendTrafficPolicy.class, namespace, name);
      if (policy == null) {
        return new Facts(0, List.of());
      }
      List<Target> targets = new ArrayList<>();
      for (TargetRef target : policy.spec().targetRefs()) {
        targets.add(target(reader, policy, target));
      }
      return new Facts(policy.metadata().generation(), List.copyOf(targets));
    }

    private Target target(Derivation.Reader reader, BackendTrafficPolicy policy, TargetRef target) {
      if (!target.isService()) {
        return new Target(target, "", "Invalid", "only Services can be targeted");
      }
      if (reader.object(Service.class, namespace, target.name()) == null) {
        return new Target(
            target, "", "TargetNotFound", "there is no Service " + namespace + "/" + target.name());
      }
      Setting decides = reader.get(new Of(namespace, target.name()));
      if (!decides.policy().equals(name)) {
        return new Target(
            target, "", "Conflicted", "the older policy " + decides.policy() + " holds");
      }
      String remark =
          policy.spec().sessionPersistence() == null
              ? ""
              : "sessionPersistence is for requests that a route's rule without one of its own sends here";
      return new Target(
          target,
          decides.resource() == null ? "" : resourceName(namespace, target.name()),
          null,
          remark);
    }
  }

  /**
   * One target.
   *
   * @param resource what nodes must hold; "" for nothing of its own
   * @param refusal why the policy does not count for it; null: it does
   */
  record Target(TargetRef ref, String resource, @Nullable String refusal, String message) {}

  /** What is known of a policy. */
  record Facts(long generation, List<Target> targets) implements StatusFacts {
    @Override
    public List<String> watched() {
      return targets.stream().map(Target::resource).filter(name -> !name.isEmpty()).toList();
    }

    @Override
    public ObjectStatus render(Programmed programmed) {
      List<ObjectStatus.OfAncestor> ancestors = new ArrayList<>();
      for (Target target : targets) {
        ancestors.add(
            new ObjectStatus.OfAncestor(
                new ObjectStatus.StatusParent(
                    target.ref().group(),
                    target.ref().kind(),
                    null,
                    target.ref().name(),
                    null,
                    null),
                GatewayClass.WEFT_CONTROLLER,
                conditions(target, programmed)));
      }
      return new ObjectStatus.OfPolicy(List.copyOf(ancestors), List.of());
    }

    private List<Condition> conditions(Target target, Programmed programmed) {
      String refusal = target.refusal();
      if (refusal != null) {
        return List.of(Condition.no("Accepted", refusal, target.message(), generation));
      }
      Condition accepted = Condition.yes("Accepted", "Accepted", target.message(), generation);
      return target.resource().isEmpty()
          ? List.of(accepted)
          : List.of(accepted, programmed.condition(Programmed.TYPE, target.resource(), generation));
    }
  }
}
