package dev.weft.routing;

import java.util.List;

/** The outcome of {@link Authorizer#authorize}. */
public sealed interface Authorization {

  /**
   * The request may pass.
   *
   * @param policies "namespace/name" of the ALLOW policy that matched; empty when none applies
   * @param audited AUDIT policies that matched
   * @param dryRunDenied why it would have been refused by policies in dry run; empty: it would not
   */
  record Permit(List<String> policies, List<String> audited, List<Denied> dryRunDenied)
      implements Authorization {
    /** No policy had anything to say. */
    public static final Permit UNRESTRICTED = new Permit(List.of(), List.of(), List.of());
  }

  /**
   * The request is refused: 403, or the connection is closed.
   *
   * @param policy "namespace/name"; for "no ALLOW policy matches" the first of those that apply
   * @param reason for people and logs; nothing of it goes to the client
   */
  record Denied(String policy, Reason reason) implements Authorization {}

  /** Why. */
  enum Reason {
    /** A DENY policy matched. */
    DENY_MATCHED,
    /** ALLOW policies apply and none matched. */
    NO_ALLOW_MATCHED,
    /** A condition could not be evaluated, or the policy could not be compiled. */
    EVALUATION_FAILED
  }
}
