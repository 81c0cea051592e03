package dev.weft.policy;

import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Resource;
import dev.weft.resources.AuthorizationPolicy;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.LabelSelector;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Service;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.TargetRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One AuthorizationPolicy. One that does not make sense is sent closed: as an ALLOW which never
 * matches, or a DENY which always does, so that a typo opens nothing.
 *
 * @param resource null when there is nothing that it could be attached to
 */
record AuthorizationTranslation(@Nullable Resource resource, Facts facts) {

  /** Translates one policy. */
  record Of(Context context, String namespace, String name)
      implements Derivation.Query<AuthorizationTranslation> {
    @Override
    public AuthorizationTranslation compute(Derivation.Reader reader) {
      AuthorizationPolicy policy = reader.object(AuthorizationPolicy.class, namespace, name);
      if (policy == null) {
        throw new IllegalArgumentException(namespace + "/" + name + " is not in the snapshot");
      }
      AuthorizationRules.Builder made =
          AuthorizationRules.newBuilder()
              .setNamespace(namespace)
              .setName(name)
              .setAction(action(policy.spec().action()))
              .setDryRun(policy.spec().mode() == AuthorizationPolicy.Mode.DRY_RUN);
      RuleReader rules = new RuleReader(namespace);
      List<AuthorizationRules.Rule> translated = rules.read(policy.spec().rules());
      made.addAllRules(rules.problems().isEmpty() ? translated : closed(policy.spec().action()));
      List<Target> targets = new ArrayList<>();
      boolean attachable = addTargets(reader, policy, made, targets);
      String resourceName = "authorization/" + namespace + "/" + name;
      Facts facts =
          new Facts(
              attachable ? resourceName : "",
              policy.metadata().generation(),
              List.copyOf(targets),
              rules.problems());
      return new AuthorizationTranslation(
          attachable
              ? Resource.newBuilder().setName(resourceName).setAuthorization(made).build()
              : null,
          facts);
    }

    /** False when no target can be attached to: then the policy must not go to the namespace. */
    private boolean addTargets(
        Derivation.Reader reader,
        AuthorizationPolicy policy,
        AuthorizationRules.Builder made,
        List<Target> targets) {
      LabelSelector selector = policy.spec().selector();
      if (selector != null) {
        made.addTargets(workloads(reader, selector));
      }
      for (TargetRef target : policy.spec().targetRefs()) {
        AuthorizationRules.Target.Ref.Builder ref =
            AuthorizationRules.Target.Ref.newBuilder()
                .setNamespace(namespace)
                .setName(target.name());
        boolean exists = false;
        if (target.isService()) {
          made.addTargetsBuilder().setService(ref);
          exists = reader.object(Service.class, namespace, target.name()) != null;
        } else if (target.isGateway()) {
          made.addTargetsBuilder().setGateway(ref);
          exists = reader.object(Gateway.class, namespace, target.name()) != null;
        }
        targets.add(new Target(target, refusal(target, exists)));
      }
      return policy.spec().targetRefs().isEmpty() || made.getTargetsCount() > 0;
    }

    private static @Nullable String refusal(TargetRef target, boolean exists) {
      if (!target.isService() && !target.isGateway()) {
        return "Invalid";
      }
      return exists ? null : "TargetNotFound";
    }

    private AuthorizationRules.Target workloads(Derivation.Reader reader, LabelSelector selector) {
      AuthorizationRules.Target.Identities.Builder numbers =
          AuthorizationRules.Target.Identities.newBuilder();
      reader.get(new Identities.All(context)).members().stream()
          .filter(member -> member.labels().namespace().equals(namespace))
          .filter(member -> selector.matches(member.labels().labels()))
          .map(Identities.Member::number)
          .sorted()
          .forEach(numbers::addNumbers);
      return AuthorizationRules.Target.newBuilder().setWorkloads(numbers).build();
    }
  }

  private static AuthorizationRules.Action action(AuthorizationPolicy.Action action) {
    return switch (action) {
      case ALLOW -> AuthorizationRules.Action.ACTION_ALLOW;
      case DENY -> AuthorizationRules.Action.ACTION_DENY;
      case AUDIT -> AuthorizationRules.Action.ACTION_AUDIT;
    };
  }

  private static List<AuthorizationRules.Rule> closed(AuthorizationPolicy.Action action) {
    return switch (action) {
      case ALLOW, AUDIT -> List.of();
      case DENY -> List.of(AuthorizationRules.Rule.getDefaultInstance());
    };
  }

  /**
   * One target.
   *
   * @param refusal a reason of GEP-713 why the policy is not attached to it; null when it is
   */
  record Target(TargetRef ref, @Nullable String refusal) {}

  /**
   * What is known of a policy.
   *
   * @param resource its resource's name; "" when it has none
   * @param problems what keeps its rules from being followed
   */
  record Facts(String resource, long generation, List<Target> targets, List<String> problems)
      implements StatusFacts {
    Facts {
      problems = List.copyOf(problems);
    }

    @Override
    public List<String> watched() {
      return resource.isEmpty() ? List.of() : List.of(resource);
    }

    @Override
    public ObjectStatus render(Programmed programmed) {
      if (targets.isEmpty()) {
        return new ObjectStatus.OfPolicy(List.of(), conditions(null, programmed));
      }
      return new ObjectStatus.OfPolicy(
          targets.stream()
              .map(
                  target ->
                      ObjectStatus.OfAncestor.ours(
                          ObjectStatus.StatusParent.of(target.ref()),
                          conditions(target.refusal(), programmed)))
              .toList(),
          List.of());
    }

    private List<Condition> conditions(@Nullable String targetRefusal, Programmed programmed) {
      if (!problems.isEmpty()) {
        String message =
            String.join("; ", problems)
                + "; until this is mended the policy refuses what it covers";
        return List.of(
            Condition.no("Accepted", "Invalid", message, generation),
            programmed.condition(Programmed.TYPE, resource, generation));
      }
      if (targetRefusal != null) {
        String message =
            targetRefusal.equals("Invalid")
                ? "a policy can target Services and Gateways"
                : "there is no such object in the policy's namespace";
        return List.of(Condition.no("Accepted", targetRefusal, message, generation));
      }
      return List.of(
          Condition.yes("Accepted", "Accepted", "", generation),
          programmed.condition(Programmed.TYPE, resource, generation));
    }
  }
}
