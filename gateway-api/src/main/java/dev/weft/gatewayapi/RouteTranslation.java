package dev.weft.gatewayapi;

import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.GrpcRoute;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route, translated.
 *
 * @param resource null when the route is attached to nothing
 */
record RouteTranslation(@Nullable Resource resource, Facts facts) {

  /** Translates one route. */
  record Of(ObjectRef ref) implements Derivation.Query<RouteTranslation> {
    @Override
    public RouteTranslation compute(Derivation.Reader reader) {
      KubeObject object = RouteAttachments.read(reader, ref);
      if (object == null) {
        throw new IllegalArgumentException(ref + " is not in the snapshot");
      }
      RouteAttachments attachments = reader.get(new RouteAttachments.Of(ref));
      Rules rules = new Rules(reader, ref);
      rules.translate(object);
      String name = RouteObject.resourceName(ref);
      boolean attached =
          attachments.parents().stream().anyMatch(parent -> !parent.attachments().isEmpty());
      Facts facts =
          new Facts(
              attached ? name : "",
              object.metadata().generation(),
              attachments.parents(),
              rules.firstUnresolved(),
              rules.unsupported);
      return new RouteTranslation(
          attached ? resource(name, object, attachments, rules.made) : null, facts);
    }
  }

  private static Resource resource(
      String name, KubeObject object, RouteAttachments attachments, List<HttpRule> rules) {
    RouteObject route = RouteObject.of(object);
    Instant created = route.metadata().creationTimestamp();
    dev.weft.api.v1.HttpRoute.Builder made =
        dev.weft.api.v1.HttpRoute.newBuilder()
            .setNamespace(route.ref().namespace())
            .setName(route.ref().name())
            .setGrpc(route.grpc())
            .setCreatedAtMs(created == null ? 0 : created.toEpochMilli())
            .addAllRules(rules);
    attachments.parents().stream()
        .flatMap(parent -> parent.attachments().stream())
        .distinct()
        .forEach(made::addAttachments);
    return Sealed.of(name, Resource.newBuilder().setHttpRoute(made));
  }

  /** The rules of one route, and what is wrong with them; confined to one computation. */
  private static final class Rules {
    private final Derivation.Reader reader;
    private final ObjectRef ref;
    private final List<HttpRule> made = new ArrayList<>();
    private final List<Backends.Refusal> unresolved = new ArrayList<>();
    private final List<String> unsupported = new ArrayList<>();

    private Rules(Derivation.Reader reader, ObjectRef ref) {
      this.reader = reader;
      this.ref = ref;
    }

    private void translate(KubeObject object) {
      switch (object) {
        case HttpRoute route -> {
          for (HttpRoute.Rule rule : route.spec().rules()) {
            RuleTranslation parts = new RuleTranslation(reader, ref);
            add(HttpRules.translate(rule, parts), parts);
          }
        }
        case GrpcRoute route -> {
          for (GrpcRoute.Rule rule : route.spec().rules()) {
            RuleTranslation parts = new RuleTranslation(reader, ref);
            add(GrpcRules.translate(rule, parts), parts);
          }
        }
        default -> throw new IllegalArgumentException(object.ref() + " is no route");
      }
    }

    private void add(HttpRule rule, RuleTranslation parts) {
      unresolved.addAll(parts.unresolved());
      String reason = parts.unsupported();
      if (reason == null) {
        made.add(rule);
      } else {
        unsupported.add("rule " + made.size() + ": " + reason);
        made.add(RuleTranslation.refusing(rule, "UnsupportedValue: " + reason));
      }
    }

    private Backends.@Nullable Refusal firstUnresolved() {
      return unresolved.isEmpty() ? null : unresolved.getFirst();
    }
  }

  /**
   * What is known of a route.
   *
   * @param resource its resource's name; "" when it has none
   * @param unresolved the first reference that does not resolve, null when all do
   * @param unsupported rules that answer 500
   */
  record Facts(
      String resource,
      long generation,
      List<RouteAttachments.Parent> parents,
      Backends.@Nullable Refusal unresolved,
      List<String> unsupported)
      implements StatusFacts {

    Facts {
      unsupported = List.copyOf(unsupported);
    }

    @Override
    public ObjectStatus render(Programmed programmed) {
      List<ObjectStatus.OfParent> rendered = new ArrayList<>();
      for (RouteAttachments.Parent parent : parents) {
        rendered.add(
            new ObjectStatus.OfParent(
                ObjectStatus.StatusParent.of(parent.ref()),
                GatewayClass.WEFT_CONTROLLER,
                conditions(parent, programmed)));
      }
      return new ObjectStatus.OfRoute(List.copyOf(rendered));
    }

    private List<Condition> conditions(RouteAttachments.Parent parent, Programmed programmed) {
      List<Condition> conditions = new ArrayList<>();
      String refusal = parent.refusal();
      conditions.add(
          refusal == null
              ? Condition.yes("Accepted", "Accepted", parent.message(), generation)
              : Condition.no("Accepted", refusal, parent.message(), generation));
      conditions.add(
          unresolved == null
              ? Condition.yes("ResolvedRefs", "ResolvedRefs", "", generation)
              : Condition.no(
                  "ResolvedRefs", unresolved.reason(), unresolved.message(), generation));
      if (!unsupported.isEmpty()) {
        conditions.add(
            Condition.yes(
                "PartiallyInvalid",
                "UnsupportedValue",
                "these rules answer 500: " + String.join("; ", unsupported),
                generation));
      }
      if (refusal == null) {
        conditions.add(
            StatusFacts.programmed(StatusFacts.PROGRAMMED, resource, programmed, generation));
      }
      return List.copyOf(conditions);
    }
  }
}
