package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.TrafficSettings;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Service;
import dev.weft.resources.TargetRef;
import dev.weft.resources.TrafficPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** TrafficPolicies: one setting per Service, from the oldest policy that targets it (GEP-713). */
final class TrafficTranslation {
  private static final Comparator<TrafficPolicy> PRECEDENCE =
      Comparator.comparing((TrafficPolicy policy) -> created(policy.metadata()))
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
      return reader.inNamespace(TrafficPolicy.class, namespace).stream()
          .filter(policy -> policy.spec().targetRefs().stream().anyMatch(this::isTarget))
          .min(PRECEDENCE)
          .map(policy -> setting(policy, namespace, service))
          .orElse(new Setting("", null));
    }

    private boolean isTarget(TargetRef target) {
      return target.isService() && target.name().equals(service);
    }
  }

  /**
   * What holds for a Service.
   *
   * @param policy the name of the policy that decides, "" for none
   */
  record Setting(String policy, @Nullable Resource resource) {}

  private static Setting setting(TrafficPolicy policy, String namespace, String service) {
    TrafficPolicy.RetryBudget budget = policy.spec().retryBudget();
    TrafficSettings made =
        TrafficSettings.newBuilder()
            .setServiceNamespace(namespace)
            .setServiceName(service)
            .setRetryBudgetPercent(budget == null ? 20 : budget.percent())
            .setMinRetriesPerSecond(budget == null ? 10 : budget.minRetriesPerSecond())
            .build();
    return new Setting(
        policy.metadata().name(),
        Sealed.of("traffic/" + namespace + "/" + service, Resource.newBuilder().setTraffic(made)));
  }

  /** What became of a policy's targets. */
  record FactsOf(String namespace, String name) implements Derivation.Query<Facts> {
    @Override
    public Facts compute(Derivation.Reader reader) {
      TrafficPolicy policy = reader.object(TrafficPolicy.class, namespace, name);
      if (policy == null) {
        return new Facts(0, List.of());
      }
      List<Target> targets = new ArrayList<>();
      for (TargetRef target : policy.spec().targetRefs()) {
        String resource = "traffic/" + namespace + "/" + target.name();
        targets.add(new Target(target, resource, refusal(reader, target), message(target)));
      }
      return new Facts(policy.metadata().generation(), List.copyOf(targets));
    }

    private @Nullable String refusal(Derivation.Reader reader, TargetRef target) {
      if (!target.isService()) {
        return "Invalid";
      }
      if (reader.object(Service.class, namespace, target.name()) == null) {
        return "TargetNotFound";
      }
      String decides = reader.get(new Of(namespace, target.name())).policy();
      return decides.equals(name) ? null : "Conflicted";
    }

    private static String message(TargetRef target) {
      return target.isService() ? "" : "a TrafficPolicy can only target Services";
    }
  }

  /** One target, with why the policy does not count for it. */
  record Target(TargetRef ref, String resource, @Nullable String refusal, String message) {}

  /** What is known of a policy. */
  record Facts(long generation, List<Target> targets) implements StatusFacts {
    @Override
    public List<String> watched() {
      return targets.stream().map(Target::resource).toList();
    }

    @Override
    public ObjectStatus render(Programmed programmed) {
      List<ObjectStatus.OfAncestor> ancestors = new ArrayList<>();
      for (Target target : targets) {
        String refusal = target.refusal();
        List<Condition> conditions =
            refusal == null
                ? List.of(
                    Condition.yes("Accepted", "Accepted", "", generation),
                    StatusFacts.programmed(
                        StatusFacts.PROGRAMMED, target.resource(), programmed, generation))
                : List.of(Condition.no("Accepted", refusal, target.message(), generation));
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
                conditions));
      }
      return new ObjectStatus.OfPolicy(List.copyOf(ancestors), List.of());
    }
  }
}
