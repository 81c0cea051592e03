package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.TargetRef;
import dev.weft.resources.TelemetryPolicy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an XTelemetryPolicy.
 *
 * @param unresolved why its provider cannot be told anything; null: it can, or there is none
 */
record TelemetryFacts(long generation, List<Target> targets, Backends.@Nullable Refusal unresolved)
    implements StatusFacts {

  /**
   * One target.
   *
   * @param resource what nodes must hold
   * @param refusal why the policy does not count for it; null: it does
   */
  record Target(TargetRef ref, String resource, Backends.@Nullable Refusal refusal) {}

  /** Looks at one policy. */
  record Of(String namespace, String name) implements Derivation.Query<TelemetryFacts> {
    @Override
    public TelemetryFacts compute(Derivation.Reader reader) {
      TelemetryPolicy policy = reader.object(TelemetryPolicy.class, namespace, name);
      if (policy == null) {
        return new TelemetryFacts(0, List.of(), null);
      }
      List<Target> targets = new ArrayList<>();
      for (TargetRef ref : policy.spec().targetRefs()) {
        // What belongs to Gateways of others is theirs to answer for.
        if (!foreign(reader, ref)) {
          targets.add(
              new Target(ref, "gateway/" + namespace + "/" + ref.name(), refusal(reader, ref)));
        }
      }
      TelemetryPolicy.Tracing tracing = policy.spec().tracing();
      TelemetryPolicy.Provider provider = tracing == null ? null : tracing.provider();
      return new TelemetryFacts(
          policy.metadata().generation(),
          List.copyOf(targets),
          provider == null ? null : TelemetryTranslation.refusal(reader, policy.ref(), provider));
    }

    private boolean foreign(Derivation.Reader reader, TargetRef ref) {
      return ref.isGateway()
          && reader.object(Gateway.class, namespace, ref.name()) != null
          && !reader.get(new GatewayView.Of(namespace, ref.name())).ours();
    }

    private Backends.@Nullable Refusal refusal(Derivation.Reader reader, TargetRef ref) {
      if (!ref.isGateway()) {
        return new Backends.Refusal("Invalid", "only Gateways can be targeted");
      }
      if (reader.object(Gateway.class, namespace, ref.name()) == null) {
        return new Backends.Refusal(
            "TargetNotFound", "there is no Gateway " + namespace + "/" + ref.name());
      }
      String decides = reader.get(new TelemetryTranslation.Of(namespace, ref.name())).policy();
      return decides.equals(name)
          ? null
          : new Backends.Refusal("Conflicted", "the older policy " + decides + " holds");
    }
  }

  @Override
  public List<String> watched() {
    return targets.stream().map(Target::resource).toList();
  }

  @Override
  public ObjectStatus render(Programmed programmed) {
    return new ObjectStatus.OfPolicy(
        targets.stream()
            .map(
                target ->
                    ObjectStatus.OfAncestor.ours(
                        ObjectStatus.StatusParent.of(target.ref()), conditions(target, programmed)))
            .toList(),
        List.of());
  }

  private List<Condition> conditions(Target target, Programmed programmed) {
    List<Condition> conditions = new ArrayList<>();
    Backends.Refusal refusal = target.refusal();
    conditions.add(
        refusal == null
            ? Condition.yes("Accepted", "Accepted", "", generation)
            : Condition.no("Accepted", refusal.reason(), refusal.message(), generation));
    conditions.add(
        unresolved == null
            ? Condition.yes("ResolvedRefs", "ResolvedRefs", "", generation)
            : Condition.no("ResolvedRefs", unresolved.reason(), unresolved.message(), generation));
    if (refusal == null) {
      conditions.add(programmed.condition(Programmed.TYPE, target.resource(), generation));
    }
    return List.copyOf(conditions);
  }
}
