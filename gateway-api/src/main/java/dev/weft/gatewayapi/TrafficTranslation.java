package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.TrafficSettings;
import dev.weft.resources.BackendTrafficPolicy;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.SessionPersistence;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.TargetRef;
import dev.weft.resources.XBackend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * XBackendTrafficPolicies: of those that target a backend, the oldest says it all (GEP-713: direct
 * policies are not merged). A session that an XBackend has itself counts in place of a policy's.
 */
final class TrafficTranslation {
  private TrafficTranslation() {}

  /**
   * The settings of one backend.
   *
   * @param backend a Service or an XBackend
   */
  record Of(ObjectRef backend) implements Derivation.Query<Setting> {
    @Override
    public Setting compute(Derivation.Reader reader) {
      BackendTrafficPolicy policy =
          reader.inNamespace(BackendTrafficPolicy.class, backend.namespace()).stream()
              .filter(each -> each.spec().targetRefs().stream().anyMatch(this::isTarget))
              .min(Precedence.OLDEST_FIRST)
              .orElse(null);
      String problem = policy == null ? null : problem(policy);
      TrafficSettings.Builder made = TrafficSettings.newBuilder();
      if (policy != null && problem == null) {
        add(policy.spec(), made);
      }
      SessionPersistence own = ownSession(reader);
      if (own != null) {
        made.setSession(Sessions.translate(own));
      }
      return new Setting(
          policy == null ? "" : policy.metadata().name(),
          made.getAllFields().isEmpty() ? null : resource(made),
          made.hasSession(),
          own != null);
    }

    private boolean isTarget(TargetRef target) {
      return target.name().equals(backend.name()) && backend.kind() == kindOf(target);
    }

    /** Null where an XBackend is not obeyed at all. */
    private @Nullable SessionPersistence ownSession(Derivation.Reader reader) {
      XBackend said =
          backend.kind() == Kind.X_BACKEND
              ? reader.object(XBackend.class, backend.namespace(), backend.name())
              : null;
      SessionPersistence own = said == null ? null : said.spec().sessionPersistence();
      return own == null || Sessions.problem(own) != null ? null : own;
    }

    private Resource resource(TrafficSettings.Builder made) {
      return Resource.newBuilder()
          .setName("traffic/" + backend.namespace() + "/" + serviceName())
          .setTraffic(made.setServiceNamespace(backend.namespace()).setServiceName(serviceName()))
          .build();
    }

    private String serviceName() {
      return backend.kind() == Kind.X_BACKEND
          ? XBackendTranslation.serviceName(backend.name())
          : backend.name();
    }
  }

  /** Null for what cannot be targeted. */
  private static @Nullable Kind kindOf(TargetRef target) {
    return target.isService() ? Kind.SERVICE : target.isXBackend() ? Kind.X_BACKEND : null;
  }

  /**
   * What holds for a backend.
   *
   * @param policy the name of the policy that decides, "" for none
   * @param resource null when nothing is asked for
   * @param session whether clients are kept at one endpoint
   * @param ownSession whether the backend itself says so
   */
  record Setting(String policy, @Nullable Resource resource, boolean session, boolean ownSession) {}

  /** Why a policy cannot be obeyed; null when it can. */
  private static @Nullable String problem(BackendTrafficPolicy policy) {
    SessionPersistence session = policy.spec().sessionPersistence();
    return session == null ? null : Sessions.problem(session);
  }

  private static void add(BackendTrafficPolicy.Spec spec, TrafficSettings.Builder made) {
    BackendTrafficPolicy.RetryConstraint retries = spec.retryConstraint();
    if (retries != null) {
      made.setRetryBudgetPercent(retries.budget().percent())
          .setRetryBudgetIntervalMs(retries.budget().interval().toMillis())
          .setMinRetries(retries.minRetryRate().count())
          .setMinRetriesIntervalMs(retries.minRetryRate().interval().toMillis());
    }
    SessionPersistence session = spec.sessionPersistence();
    if (session != null) {
      made.setSession(Sessions.translate(session));
    }
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
      Kind kind = kindOf(target);
      if (kind == null) {
        return new Target(target, "", "Invalid", "only Services and XBackends can be targeted");
      }
      ObjectRef backend = new ObjectRef(kind, namespace, target.name());
      if (reader.object(kind.type(), namespace, target.name()) == null) {
        return new Target(target, "", "TargetNotFound", "there is no " + backend);
      }
      Setting decides = reader.get(new Of(backend));
      if (!decides.policy().equals(name)) {
        return new Target(
            target, "", "Conflicted", "the older policy " + decides.policy() + " holds");
      }
      String problem = problem(policy);
      if (problem != null) {
        return new Target(target, "", "Invalid", "sessionPersistence: " + problem);
      }
      Resource resource = decides.resource();
      return new Target(
          target,
          resource == null ? "" : resource.getName(),
          null,
          policy.spec().sessionPersistence() == null ? "" : remark(decides));
    }

    private static String remark(Setting decides) {
      return decides.ownSession()
          ? "sessionPersistence has no effect: the XBackend has its own"
          : "sessionPersistence is deprecated here for that of an XBackend; a route's rule that has"
              + " one of its own goes by that";
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
      return new ObjectStatus.OfPolicy(
          targets.stream()
              .map(
                  target ->
                      ObjectStatus.OfAncestor.ours(
                          ObjectStatus.StatusParent.of(target.ref()),
                          conditions(target, programmed)))
              .toList(),
          List.of());
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
