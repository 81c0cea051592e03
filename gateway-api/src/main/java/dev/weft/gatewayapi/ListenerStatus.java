package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.Gateway;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.ArrayList;
import java.util.List;

/**
 * The status of a listener, the same in a Gateway and in a ListenerSet.
 *
 * @param gateway that serves it
 * @param generation of the object it stands in
 */
record ListenerStatus(GatewayTranslation.Facts gateway, long generation, Programmed programmed) {

  List<ObjectStatus.OfListener> render(List<ListenerFacts> listeners) {
    return listeners.stream().map(this::render).toList();
  }

  private ObjectStatus.OfListener render(ListenerFacts listener) {
    List<Condition> conditions = new ArrayList<>();
    conditions.add(accepted(listener));
    conditions.add(conflicted(listener));
    conditions.add(resolvedRefs(listener));
    conditions.add(programmed(listener));
    if (listener.overlaps()) {
      conditions.add(
          Condition.yes(
              "OverlappingTLSConfig",
              "OverlappingHostnames",
              "another listener ends TLS on the port for some of the same hosts;"
                  + " requests on a connection for the other one get 421",
              generation));
    }
    return new ObjectStatus.OfListener(
        listener.view().name(),
        listener.view().kinds().stream()
            .map(kind -> new Gateway.RouteKind(GatewayView.GROUP, kind))
            .toList(),
        listener.attachedRoutes(),
        List.copyOf(conditions));
  }

  private Condition accepted(ListenerFacts listener) {
    Backends.Refusal refusal = listener.view().refusal();
    Backends.Refusal clients = listener.clients().refusal();
    if (refusal != null) {
      return Condition.no("Accepted", refusal.reason(), refusal.message(), generation);
    }
    return clients != null && listener.clients().unusable()
        ? Condition.no("Accepted", "NoValidCACertificate", clients.message(), generation)
        : Condition.yes("Accepted", "Accepted", "", generation);
  }

  private Condition conflicted(ListenerFacts listener) {
    Backends.Refusal refusal = listener.view().refusal();
    return refusal != null && listener.view().conflicted()
        ? Condition.yes("Conflicted", refusal.reason(), refusal.message(), generation)
        : Condition.no("Conflicted", "NoConflicts", "", generation);
  }

  private Condition resolvedRefs(ListenerFacts listener) {
    Backends.Refusal refusal = listener.refsRefusal();
    return refusal == null
        ? Condition.yes("ResolvedRefs", "ResolvedRefs", listener.remark(), generation)
        : Condition.no("ResolvedRefs", refusal.reason(), refusal.message(), generation);
  }

  private Condition programmed(ListenerFacts listener) {
    Backends.Refusal refusal = listener.view().refusal();
    if (refusal != null && listener.view().conflicted()) {
      return Condition.no("Programmed", refusal.reason(), refusal.message(), generation);
    }
    return listener.serves() && gateway.serves()
        ? programmed.condition("Programmed", gateway.resource(), generation)
        : Condition.no("Programmed", "Invalid", "it cannot serve as it is", generation);
  }
}
