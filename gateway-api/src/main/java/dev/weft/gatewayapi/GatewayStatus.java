package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.Gateway;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Gateway's status, with the reasons that the Gateway API defines. */
final class GatewayStatus {
  private final GatewayTranslation.Facts facts;
  private final Programmed programmed;
  private final long generation;

  private GatewayStatus(GatewayTranslation.Facts facts, Programmed programmed) {
    this.facts = facts;
    this.programmed = programmed;
    this.generation = facts.generation();
  }

  static ObjectStatus render(GatewayTranslation.Facts facts, Programmed programmed) {
    GatewayStatus status = new GatewayStatus(facts, programmed);
    List<ObjectStatus.OfListener> listeners = new ArrayList<>();
    for (GatewayTranslation.ListenerFacts listener : facts.listeners()) {
      listeners.add(status.listener(listener));
    }
    List<Gateway.Address> addresses =
        facts.addresses().usable().stream()
            .map(address -> new Gateway.Address("IPAddress", address, Map.of()))
            .toList();
    List<Condition> conditions = new ArrayList<>();
    conditions.add(status.accepted());
    conditions.add(status.programmed());
    if (facts.insecure()) {
      conditions.add(
          Condition.yes(
              "InsecureFrontendValidationMode",
              "ConfigurationChanged",
              "AllowInsecureFallback lets clients in without a valid certificate",
              facts.generation()));
    }
    return new ObjectStatus.OfGateway(addresses, List.copyOf(conditions), List.copyOf(listeners));
  }

  private Condition accepted() {
    Backends.Refusal refusal = facts.refusal();
    if (refusal != null) {
      return Condition.no("Accepted", refusal.reason(), refusal.message(), generation);
    }
    List<String> bad =
        facts.listeners().stream()
            .filter(listener -> !listener.accepted())
            .map(listener -> listener.view().name())
            .toList();
    String remark =
        facts.withoutEffect().isEmpty()
            ? ""
            : "without effect: " + String.join(", ", facts.withoutEffect());
    if (bad.isEmpty()) {
      return Condition.yes("Accepted", "Accepted", remark, generation);
    }
    String message =
        "not accepted: " + String.join(", ", bad) + (remark.isEmpty() ? "" : "; " + remark);
    return bad.size() == facts.listeners().size()
        ? Condition.no("Accepted", "ListenersNotValid", message, generation)
        : Condition.yes("Accepted", "ListenersNotValid", message, generation);
  }

  private Condition programmed() {
    Backends.Refusal address = facts.addresses().refusal();
    if (facts.refusal() != null) {
      return Condition.no("Programmed", "Invalid", "the Gateway is not accepted", generation);
    }
    if (address != null) {
      return Condition.no("Programmed", address.reason(), address.message(), generation);
    }
    if (!facts.serves()) {
      return Condition.no("Programmed", "Invalid", "no listener can serve", generation);
    }
    return StatusFacts.programmed("Programmed", facts.resource(), programmed, generation);
  }

  private ObjectStatus.OfListener listener(GatewayTranslation.ListenerFacts listener) {
    List<Gateway.RouteKind> kinds =
        listener.view().kinds().stream()
            .map(kind -> new Gateway.RouteKind(GatewayView.GROUP, kind))
            .toList();
    return new ObjectStatus.OfListener(
        listener.view().name(),
        kinds,
        listener.attachedRoutes(),
        List.of(
            acceptedListener(listener),
            conflicted(listener),
            resolvedRefs(listener),
            programmedListener(listener)));
  }

  private Condition acceptedListener(GatewayTranslation.ListenerFacts listener) {
    String refusal = listener.view().refusal();
    Backends.Refusal clients = listener.clients().refusal();
    if (refusal == null && clients != null && listener.clients().unusable()) {
      return Condition.no("Accepted", "NoValidCACertificate", clients.message(), generation);
    }
    return refusal == null
        ? Condition.yes("Accepted", "Accepted", "", generation)
        : Condition.no("Accepted", refusal, explain(listener, refusal), generation);
  }

  private static String explain(GatewayTranslation.ListenerFacts listener, String refusal) {
    return switch (refusal) {
      case "UnsupportedProtocol" ->
          "protocol " + listener.view().protocol() + " is not done; use HTTP or HTTPS";
      case "ProtocolConflict" -> "another listener speaks another protocol on the port";
      default -> "another listener has the port and the hostname";
    };
  }

  private Condition conflicted(GatewayTranslation.ListenerFacts listener) {
    String refusal = listener.view().refusal();
    return listener.view().conflicted() && refusal != null
        ? Condition.yes("Conflicted", refusal, explain(listener, refusal), generation)
        : Condition.no("Conflicted", "NoConflicts", "", generation);
  }

  private Condition resolvedRefs(GatewayTranslation.ListenerFacts listener) {
    if (listener.view().unknownKinds()) {
      return Condition.no(
          "ResolvedRefs", "InvalidRouteKinds", "it takes HTTPRoute and GRPCRoute", generation);
    }
    Backends.Refusal unresolved =
        listener.unresolved() != null ? listener.unresolved() : listener.clients().refusal();
    return unresolved == null
        ? Condition.yes("ResolvedRefs", "ResolvedRefs", "", generation)
        : Condition.no("ResolvedRefs", unresolved.reason(), unresolved.message(), generation);
  }

  private Condition programmedListener(GatewayTranslation.ListenerFacts listener) {
    return listener.serves() && facts.serves()
        ? StatusFacts.programmed("Programmed", facts.resource(), programmed, generation)
        : Condition.no("Programmed", "Invalid", "it cannot serve as it is", generation);
  }
}
