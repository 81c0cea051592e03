package dev.weft.gatewayapi;

import dev.weft.resources.BackendTlsPolicy;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.Service;
import dev.weft.resources.StatusFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a BackendTLSPolicy: its status has an entry for each Gateway from which one of
 * its Services is reached.
 *
 * @param ancestors in alphabetical order
 */
record BackendTlsFacts(long generation, List<Ancestor> ancestors, BackendTlsValidation validation)
    implements StatusFacts {
  /** Of the API; what is beyond has no place (PolicyStatus.ancestors). */
  private static final int MOST_ANCESTORS = 16;

  /**
   * One Gateway.
   *
   * @param targets those of the policy's targets that the Gateway reaches
   */
  record Ancestor(ObjectRef gateway, List<Target> targets) {

    /** The first target for which the policy counts; null when there is none. */
    @Nullable Target obeyed() {
      return targets.stream().filter(target -> target.refusal() == null).findFirst().orElse(null);
    }
  }

  /**
   * One target.
   *
   * @param refusal why the policy does not count for it; null when it does
   */
  record Target(String resource, Backends.@Nullable Refusal refusal) {}

  /** Looks at one policy. */
  record Of(String namespace, String name) implements Derivation.Query<BackendTlsFacts> {
    @Override
    public BackendTlsFacts compute(Derivation.Reader reader) {
      BackendTlsPolicy policy = reader.object(BackendTlsPolicy.class, namespace, name);
      if (policy == null) {
        throw new IllegalArgumentException(namespace + "/" + name + " is not in the snapshot");
      }
      SortedMap<ObjectRef, List<Target>> byGateway = new TreeMap<>();
      for (BackendTlsPolicy.Target ref : policy.spec().targetRefs()) {
        if (ref.isService()) {
          Target target =
              new Target(
                  BackendTlsTranslation.resourceName(namespace, ref.name()), refusal(reader, ref));
          for (ObjectRef gateway : ServiceUse.gateways(reader, namespace, ref.name())) {
            byGateway.computeIfAbsent(gateway, _ -> new ArrayList<>()).add(target);
          }
        }
      }
      List<Ancestor> ancestors =
          byGateway.entrySet().stream()
              .limit(MOST_ANCESTORS)
              .map(entry -> new Ancestor(entry.getKey(), List.copyOf(entry.getValue())))
              .toList();
      return new BackendTlsFacts(
          policy.metadata().generation(),
          ancestors,
          reader.get(new BackendTlsValidation.Of(namespace, name)));
    }

    private Backends.@Nullable Refusal refusal(
        Derivation.Reader reader, BackendTlsPolicy.Target ref) {
      Service service = reader.object(Service.class, namespace, ref.name());
      String where = "Service " + namespace + "/" + ref.name();
      if (service == null) {
        return new Backends.Refusal("TargetNotFound", "there is no " + where);
      }
      String section = ref.sectionName();
      if (!section.isEmpty() && BackendTlsTranslation.port(service, section) == null) {
        return new Backends.Refusal("TargetNotFound", where + " has no TCP port " + section);
      }
      String decides =
          reader
              .get(new BackendTlsTranslation.Of(namespace, ref.name()))
              .deciding()
              .getOrDefault(section, name);
      return decides.equals(name)
          ? null
          : new Backends.Refusal("Conflicted", decides + " is older and has the same target");
    }
  }

  @Override
  public List<String> watched() {
    return ancestors.stream()
        .flatMap(ancestor -> ancestor.targets().stream().map(Target::resource))
        .distinct()
        .toList();
  }

  @Override
  public ObjectStatus render(Programmed programmed) {
    return new ObjectStatus.OfPolicy(
        ancestors.stream()
            .map(
                ancestor ->
                    ObjectStatus.OfAncestor.ours(
                        ObjectStatus.StatusParent.of(ancestor.gateway()),
                        conditions(ancestor, programmed)))
            .toList(),
        List.of());
  }

  private List<Condition> conditions(Ancestor ancestor, Programmed programmed) {
    List<Condition> conditions = new ArrayList<>();
    Target obeyed = ancestor.obeyed();
    conditions.add(accepted(ancestor));
    Backends.Refusal unresolved = validation.unresolved();
    conditions.add(
        unresolved == null
            ? Condition.yes("ResolvedRefs", "ResolvedRefs", "", generation)
            : Condition.no("ResolvedRefs", unresolved.reason(), unresolved.message(), generation));
    if (obeyed != null) {
      conditions.add(programmed.condition(Programmed.TYPE, obeyed.resource(), generation));
    }
    return List.copyOf(conditions);
  }

  private Condition accepted(Ancestor ancestor) {
    Backends.Refusal refusal =
        ancestor.targets().stream()
            .map(Target::refusal)
            .filter(found -> found != null)
            .findFirst()
            .orElse(null);
    if (refusal != null && ancestor.obeyed() == null) {
      return Condition.no("Accepted", refusal.reason(), refusal.message(), generation);
    }
    Backends.Refusal unaccepted = validation.unaccepted();
    if (unaccepted != null) {
      return Condition.no("Accepted", unaccepted.reason(), unaccepted.message(), generation);
    }
    String partly =
        refusal == null ? "" : "not for all of its targets: " + refusal.message() + "; ";
    return Condition.yes("Accepted", "Accepted", partly + validation.remarks(), generation);
  }
}
