package dev.weft.routing;

import dev.weft.routing.Authorization.Denied;
import dev.weft.routing.Authorization.Permit;
import dev.weft.routing.Authorization.Reason;
import dev.weft.routing.CompiledPolicy.Action;
import dev.weft.routing.Condition.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The authorization policies of one destination. Immutable; any thread.
 *
 * <p>In order (Istio's AuthorizationPolicy): a DENY policy that matches refuses. Where ALLOW
 * policies apply, one of them must match; an ALLOW policy without rules never does. AUDIT policies
 * only report, and so do policies in dry run. A policy that cannot be evaluated refuses.
 */
public final class Authorizer {
  /** No policies. */
  public static final Authorizer UNRESTRICTED = new Authorizer(List.of());

  private final CompiledPolicy[] denies;
  private final CompiledPolicy[] allows;
  private final CompiledPolicy[] reports;
  private final boolean needsHttp;

  Authorizer(List<CompiledPolicy> policies) {
    denies = select(policies, Action.DENY);
    allows = select(policies, Action.ALLOW);
    reports =
        policies.stream()
            .filter(policy -> policy.dryRun() || policy.action() == Action.AUDIT)
            .toArray(CompiledPolicy[]::new);
    needsHttp = policies.stream().anyMatch(CompiledPolicy::needsHttp);
  }

  private static CompiledPolicy[] select(List<CompiledPolicy> policies, Action action) {
    return policies.stream()
        .filter(policy -> policy.action() == action && !policy.dryRun())
        .toArray(CompiledPolicy[]::new);
  }

  /** Whether anything here reads requests: then HTTP must be parsed where HTTP is spoken. */
  public boolean needsHttp() {
    return needsHttp;
  }

  /** Whether there is nothing to ask. */
  public boolean isUnrestricted() {
    return denies.length == 0 && allows.length == 0 && reports.length == 0;
  }

  /** Decides about a request, or about an opaque connection. */
  public Authorization authorize(AuthorizationFacts facts) {
    for (CompiledPolicy deny : denies) {
      Outcome outcome = deny.matches(facts);
      if (outcome != Outcome.NO) {
        return denied(
            deny, outcome == Outcome.YES ? Reason.DENY_MATCHED : Reason.EVALUATION_FAILED);
      }
    }
    Permit permit = Permit.UNRESTRICTED;
    if (allows.length > 0) {
      Authorization allowed = allow(facts);
      if (!(allowed instanceof Permit found)) {
        return allowed;
      }
      permit = found;
    }
    return reports.length == 0 ? permit : report(facts, permit);
  }

  private Authorization allow(AuthorizationFacts facts) {
    CompiledPolicy failed = null;
    for (CompiledPolicy allow : allows) {
      Outcome outcome = allow.matches(facts);
      if (outcome == Outcome.YES) {
        return allow.permit();
      }
      if (outcome == Outcome.ERROR && failed == null) {
        failed = allow;
      }
    }
    return failed == null
        ? denied(allows[0], Reason.NO_ALLOW_MATCHED)
        : denied(failed, Reason.EVALUATION_FAILED);
  }

  /** What AUDIT policies and policies in dry run say about a request that passes. */
  private Permit report(AuthorizationFacts facts, Permit permit) {
    List<String> audited = new ArrayList<>();
    List<Denied> wouldDeny = new ArrayList<>();
    CompiledPolicy unmatched = null;
    boolean matched = !permit.policies().isEmpty();
    for (CompiledPolicy policy : reports) {
      Outcome outcome = policy.matches(facts);
      switch (policy.action()) {
        case AUDIT ->
            add(audited, outcome == Outcome.YES && !policy.dryRun() ? policy.fullName() : null);
        case DENY -> {
          if (outcome != Outcome.NO) {
            wouldDeny.add(
                denied(
                    policy,
                    outcome == Outcome.YES ? Reason.DENY_MATCHED : Reason.EVALUATION_FAILED));
          }
        }
        case ALLOW -> {
          matched |= outcome == Outcome.YES;
          unmatched = unmatched == null ? policy : unmatched;
        }
      }
    }
    if (unmatched != null && !matched) {
      wouldDeny.add(denied(unmatched, Reason.NO_ALLOW_MATCHED));
    }
    return audited.isEmpty() && wouldDeny.isEmpty()
        ? permit
        : new Permit(permit.policies(), List.copyOf(audited), List.copyOf(wouldDeny));
  }

  private static void add(List<String> names, @Nullable String name) {
    if (name != null) {
      names.add(name);
    }
  }

  private static Denied denied(CompiledPolicy policy, Reason reason) {
    return new Denied(policy.fullName(), reason);
  }
}
