package dev.weft.gatewayapi;

import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.GrpcRoute;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.KubeObject;
import dev.weft.resources.L4Route;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.StatusFacts;
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
      if (object instanceof L4Route route) {
        return L4Translation.of(reader, route, attachments);
      }
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
              new Verdict(
                  rules.count > 0 && rules.unsupported.size() == rules.count,
                  rules.unsupported,
                  rules.remarks));
      return new RouteTranslation(
          attached ? resource(name, object, attachments, rules.made) : null, facts);
    }
  }

  /** Whether nothing of a route can be done: it is not accepted, and answers 500. */
  record IsUnsupported(ObjectRef ref) implements Derivation.Query<Boolean> {
    @Override
    public Boolean compute(Derivation.Reader reader) {
      return reader.get(new Of(ref)).facts().verdict().whole();
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
    return Resource.newBuilder().setName(name).setHttpRoute(made).build();
  }

  /** The rules of one route, and what is wrong with them; confined to one computation. */
  private static final class Rules {
    private final Derivation.Reader reader;
    private final ObjectRef ref;
    private final List<HttpRule> made = new ArrayList<>();
    private final List<Backends.Refusal> unresolved = new ArrayList<>();
    private final List<String> unsupported = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private int count;

    private Rules(Derivation.Reader reader, ObjectRef ref) {
      this.reader = reader;
      this.ref = ref;
    }

    private void translate(KubeObject object) {
      switch (object) {
        case HttpRoute route -> {
          for (HttpRoute.Rule rule : route.spec().rules()) {
            RuleTranslation parts = new RuleTranslation(reader, ref);
            add(HttpRules.translate(rule, parts), rule.matches().size(), parts);
          }
        }
        case GrpcRoute route -> {
          for (GrpcRoute.Rule rule : route.spec().rules()) {
            RuleTranslation parts = new RuleTranslation(reader, ref);
            add(GrpcRules.translate(rule, parts), rule.matches().size(), parts);
          }
        }
        default -> throw new IllegalArgumentException(object.ref() + " is no route");
      }
    }

    /**
     * @param matches how many the user wrote; a rule of which none is left must not match
     *     everything
     */
    private void add(HttpRule rule, int matches, RuleTranslation parts) {
      String place = "rule " + count++;
      unresolved.addAll(parts.unresolved());
      parts.remarks().forEach(remark -> remarks.add(place + ": " + remark));
      String reason = parts.unsupported();
      if (reason == null) {
        made.add(rule);
        return;
      }
      unsupported.add(place + ": " + reason);
      if (matches == 0 || rule.getMatchesCount() > 0) {
        made.add(RuleTranslation.refusing(rule, "UnsupportedValue: " + reason));
      }
    }

    private Backends.@Nullable Refusal firstUnresolved() {
      return unresolved.isEmpty() ? null : unresolved.getFirst();
    }
  }

  /**
   * What of a route is not done.
   *
   * @param whole whether no rule is left
   * @param unsupported rules that answer 500, or that match nothing because their matches mean
   *     nothing
   * @param remarks what is done in another way than the route may suggest
   */
  record Verdict(boolean whole, List<String> unsupported, List<String> remarks) {
    Verdict {
      unsupported = List.copyOf(unsupported);
      remarks = List.copyOf(remarks);
    }
  }

  /**
   * What is known of a route.
   *
   * @param resource its resource's name; "" when it has none
   * @param unresolved the first reference that does not resolve, null when all do
   */
  record Facts(
      String resource,
      long generation,
      List<RouteAttachments.Parent> parents,
      Backends.@Nullable Refusal unresolved,
      Verdict verdict)
      implements StatusFacts {

    @Override
    public List<String> watched() {
      return List.of(resource);
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
      conditions.add(accepted(parent));
      conditions.add(
          unresolved == null
              ? Condition.yes("ResolvedRefs", "ResolvedRefs", "", generation)
              : Condition.no(
                  "ResolvedRefs", unresolved.reason(), unresolved.message(), generation));
      if (!verdict.unsupported().isEmpty() && !verdict.whole()) {
        // The beginning of the message is the Gateway API's (RouteConditionPartiallyInvalid).
        conditions.add(
            Condition.yes(
                "PartiallyInvalid",
                "UnsupportedValue",
                "Dropped Rule, requests get 500: " + String.join("; ", verdict.unsupported()),
                generation));
      }
      if (parent.refusal() == null) {
        conditions.add(programmed.condition(Programmed.TYPE, resource, generation));
      }
      return List.copyOf(conditions);
    }

    private Condition accepted(RouteAttachments.Parent parent) {
      String refusal = parent.refusal();
      if (refusal != null) {
        return Condition.no("Accepted", refusal, parent.message(), generation);
      }
      if (verdict.whole()) {
        return Condition.no(
            "Accepted",
            "UnsupportedValue",
            "requests get 500: " + String.join("; ", verdict.unsupported()),
            generation);
      }
      List<String> message = new ArrayList<>(verdict.remarks());
      if (!parent.message().isEmpty()) {
        message.addFirst(parent.message());
      }
      return Condition.yes("Accepted", "Accepted", String.join("; ", message), generation);
    }
  }
}
