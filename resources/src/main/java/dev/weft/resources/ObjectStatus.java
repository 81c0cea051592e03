package dev.weft.resources;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Weft says about a user's object, in the form that the object's kind has for it. */
public sealed interface ObjectStatus {

  /**
   * The same status with transition times.
   *
   * @param previous the status that is written now, null when there is none
   */
  ObjectStatus stamped(@Nullable ObjectStatus previous, Instant now);

  /** Status of a GatewayClass or an XMesh. */
  record OfClass(List<Condition> conditions, List<Feature> supportedFeatures)
      implements ObjectStatus {
    @Override
    public OfClass stamped(@Nullable ObjectStatus previous, Instant now) {
      List<Condition> olds = previous instanceof OfClass old ? old.conditions : List.of();
      return new OfClass(Condition.stamped(conditions, olds, now), supportedFeatures);
    }
  }

  /** A Gateway API feature by name. */
  record Feature(String name) {}

  /** Status of a Gateway. */
  record OfGateway(
      List<Address> addresses,
      List<Condition> conditions,
      List<OfListener> listeners,
      @Schema.Default("0") int attachedListenerSets)
      implements ObjectStatus {
    @Override
    public OfGateway stamped(@Nullable ObjectStatus previous, Instant now) {
      OfGateway old = previous instanceof OfGateway gateway ? gateway : null;
      return new OfGateway(
          addresses,
          Condition.stamped(conditions, old == null ? List.of() : old.conditions, now),
          OfListener.stamped(listeners, old == null ? List.of() : old.listeners, now),
          attachedListenerSets);
    }
  }

  /**
   * An address that a Gateway has.
   *
   * @param routability from where it can be reached; null is what earlier versions wrote
   */
  record Address(String type, String value, @Nullable String routability) {}

  /** Status of a ListenerSet. */
  record OfListenerSet(List<Condition> conditions, List<OfListener> listeners)
      implements ObjectStatus {
    @Override
    public OfListenerSet stamped(@Nullable ObjectStatus previous, Instant now) {
      OfListenerSet old = previous instanceof OfListenerSet set ? set : null;
      return new OfListenerSet(
          Condition.stamped(conditions, old == null ? List.of() : old.conditions, now),
          OfListener.stamped(listeners, old == null ? List.of() : old.listeners, now));
    }
  }

  /** Status of one listener. The API demands that attachedRoutes is written even when 0. */
  record OfListener(
      String name,
      @Nullable List<Gateway.RouteKind> supportedKinds,
      int attachedRoutes,
      List<Condition> conditions) {

    private static List<OfListener> stamped(
        List<OfListener> listeners, List<OfListener> previous, Instant now) {
      List<OfListener> stamped = new ArrayList<>();
      for (OfListener listener : listeners) {
        List<Condition> olds =
            previous.stream()
                .filter(other -> other.name.equals(listener.name))
                .flatMap(other -> other.conditions.stream())
                .toList();
        stamped.add(
            new OfListener(
                listener.name,
                listener.supportedKinds,
                listener.attachedRoutes,
                Condition.stamped(listener.conditions, olds, now)));
      }
      return List.copyOf(stamped);
    }
  }

  /** Status of a route: one entry per parent that Weft answers for. */
  record OfRoute(@Nullable List<OfParent> parents) implements ObjectStatus {
    @Override
    public OfRoute stamped(@Nullable ObjectStatus previous, Instant now) {
      List<OfParent> olds =
          previous instanceof OfRoute old && old.parents != null ? old.parents : List.of();
      List<OfParent> stamped = new ArrayList<>();
      for (OfParent parent : parents == null ? List.<OfParent>of() : parents) {
        List<Condition> before =
            olds.stream()
                .filter(other -> other.parentRef.equals(parent.parentRef))
                .flatMap(other -> other.conditions.stream())
                .toList();
        stamped.add(
            new OfParent(
                parent.parentRef,
                parent.controllerName,
                Condition.stamped(parent.conditions, before, now)));
      }
      return new OfRoute(List.copyOf(stamped));
    }
  }

  record OfParent(StatusParent parentRef, String controllerName, List<Condition> conditions) {}

  /** A parent reference as a status names it: group and kind are always written. */
  record StatusParent(
      String group,
      String kind,
      @Nullable String namespace,
      String name,
      @Nullable String sectionName,
      @Nullable Integer port) {

    public static StatusParent of(ParentRef ref) {
      return new StatusParent(
          ref.group(), ref.kind(), ref.namespace(), ref.name(), ref.sectionName(), ref.port());
    }

    /** A policy's target, which is in the policy's own namespace. */
    public static StatusParent of(TargetRef ref) {
      return new StatusParent(ref.group(), ref.kind(), null, ref.name(), null, null);
    }

    /** An object as a whole. */
    public static StatusParent of(ObjectRef ref) {
      return new StatusParent(
          ref.kind().group(), ref.kind().kind(), ref.namespace(), ref.name(), null, null);
    }
  }

  /** Status of a policy (GEP-713): one entry per target; without targets, conditions only. */
  record OfPolicy(List<OfAncestor> ancestors, List<Condition> conditions) implements ObjectStatus {
    @Override
    public OfPolicy stamped(@Nullable ObjectStatus previous, Instant now) {
      OfPolicy old = previous instanceof OfPolicy policy ? policy : null;
      List<OfAncestor> stamped = new ArrayList<>();
      for (OfAncestor ancestor : ancestors) {
        List<Condition> olds =
            old == null
                ? List.of()
                : old.ancestors.stream()
                    .filter(other -> other.ancestorRef.equals(ancestor.ancestorRef))
                    .flatMap(other -> other.conditions.stream())
                    .toList();
        stamped.add(
            new OfAncestor(
                ancestor.ancestorRef,
                ancestor.controllerName,
                Condition.stamped(ancestor.conditions, olds, now)));
      }
      return new OfPolicy(
          List.copyOf(stamped),
          Condition.stamped(conditions, old == null ? List.of() : old.conditions, now));
    }
  }

  record OfAncestor(StatusParent ancestorRef, String controllerName, List<Condition> conditions) {
    /** An entry of Weft's. */
    public static OfAncestor ours(StatusParent ancestor, List<Condition> conditions) {
      return new OfAncestor(ancestor, GatewayClass.WEFT_CONTROLLER, conditions);
    }
  }

  /** A status that was written earlier, read back from YAML or JSON; null when it has none. */
  static @Nullable ObjectStatus read(Kind kind, String text) {
    return StatusReader.read(kind, text);
  }

  /** The same of a status alone that was parsed as JSON already. */
  static @Nullable ObjectStatus read(Kind kind, Map<String, ?> status) {
    return StatusReader.read(kind, status);
  }
}
