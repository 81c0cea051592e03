/**
 * Pure translation of NetworkPolicies to verdicts on identity numbers, and of AuthorizationPolicies
 * to rules with compiled conditions.
 *
 * <p>Start with {@link dev.weft.policy.Translator} (what is asked), {@link
 * dev.weft.policy.NetworkRulesTranslation} (one identity's verdicts) and {@link
 * dev.weft.policy.ConditionLanguage} (what conditions may say).
 */
@NullMarked
package dev.weft.policy;

import org.jspecify.annotations.NullMarked;
