package dev.weft.routing;

import dev.weft.api.v1.AuthorizationRules;
import dev.weft.routing.Condition.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * An AuthorizationPolicy, compiled. Immutable.
 *
 * @param refused it could not be compiled: enforced policies then refuse everything they apply to
 * @param permit what a request that it allows gets
 */
record CompiledPolicy(
    String namespace,
    String name,
    Action action,
    boolean dryRun,
    boolean refused,
    List<AuthorizationRules.Target> targets,
    List<PolicyRule> rules,
    Authorization.Permit permit) {

  /** What a match means. */
  enum Action {
    ALLOW,
    DENY,
    AUDIT
  }

  static CompiledPolicy of(AuthorizationRules policy) {
    Action action =
        switch (policy.getAction()) {
          case ACTION_ALLOW -> Action.ALLOW;
          case ACTION_DENY -> Action.DENY;
          case ACTION_AUDIT -> Action.AUDIT;
          case ACTION_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException("an action that this version does not know");
        };
    if (policy.getTargetsList().stream().anyMatch(CompiledPolicy::isUnknown)) {
      throw new IllegalArgumentException(
          "a target of a kind that this version does not know; upgrade the node");
    }
    List<PolicyRule> rules = new ArrayList<>();
    for (int i = 0; i < policy.getRulesCount(); i++) {
      try {
        rules.add(PolicyRule.of(policy.getRules(i)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("rule " + i + ": " + e.getMessage(), e);
      }
    }
    return of(policy, action, false, rules);
  }

  private static boolean isUnknown(AuthorizationRules.Target target) {
    return target.getKindCase() == AuthorizationRules.Target.KindCase.KIND_NOT_SET;
  }

  /** Stands for a policy that could not be compiled and has no earlier form. */
  static CompiledPolicy refused(AuthorizationRules policy) {
    Action action =
        policy.getAction() == AuthorizationRules.Action.ACTION_AUDIT ? Action.AUDIT : Action.DENY;
    return of(policy, action, true, List.of());
  }

  private static CompiledPolicy of(
      AuthorizationRules policy, Action action, boolean refused, List<PolicyRule> rules) {
    String full = policy.getNamespace() + "/" + policy.getName();
    return new CompiledPolicy(
        policy.getNamespace(),
        policy.getName(),
        action,
        policy.getDryRun(),
        refused,
        policy.getTargetsList(),
        rules,
        new Authorization.Permit(List.of(full), List.of(), List.of()));
  }

  String fullName() {
    return namespace + "/" + name;
  }

  boolean needsHttp() {
    return rules.stream().anyMatch(PolicyRule::needsHttp);
  }

  /** Whether some rule matches. An error in one rule counts only when no other matches. */
  Outcome matches(AuthorizationFacts facts) {
    if (refused) {
      return Outcome.ERROR;
    }
    Outcome outcome = Outcome.NO;
    for (PolicyRule rule : rules) {
      Outcome one = rule.matches(facts, action == Action.DENY);
      if (one == Outcome.YES) {
        return one;
      }
      outcome = one == Outcome.ERROR ? one : outcome;
    }
    return outcome;
  }
}
