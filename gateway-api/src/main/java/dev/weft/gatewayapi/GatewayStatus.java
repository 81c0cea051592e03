package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.ArrayList;
import java.util.List;

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
    List<ObjectStatus.Address> addresses =
        facts.addresses().given().stream()
            .map(
                address ->
                    new ObjectStatus.Address("IPAddress", address.value(), address.routability()))
            .toList();
    return new ObjectStatus.OfGateway(
        addresses,
        status.conditions(),
        new ListenerStatus(facts, facts.generation(), programmed).render(facts.listeners()),
        (int)
            facts.sets().stream()
                .filter(set -> new ListenerSetFacts(facts, set).accepted())
                .count());
  }

  private List<Condition> conditions() {
    List<Condition> conditions = new ArrayList<>();
    conditions.add(accepted());
    conditions.add(programmed());
    conditions.add(resolvedRefs());
    conditions.add(addressesAssigned());
    if (facts.remarks().isDefault()) {
      conditions.add(
          Condition.yes(
              "DefaultGateway", "DefaultGateway", "Gateway has default scope All", generation));
    }
    if (facts.remarks().insecure()) {
      conditions.add(
          Condition.yes(
              "InsecureFrontendValidationMode",
              "ConfigurationChanged",
              "AllowInsecureFallback lets clients in without a valid certificate",
              generation));
    }
    return List.copyOf(conditions);
  }

  /** The Gateway and its ListenerSets are one list of listeners: it is accepted if any of it is. */
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
        facts.remarks().withoutEffect().isEmpty()
            ? ""
            : "without effect: " + String.join(", ", facts.remarks().withoutEffect());
    if (bad.isEmpty()) {
      return Condition.yes("Accepted", "Accepted", remark, generation);
    }
    String message =
        "not accepted: " + String.join(", ", bad) + (remark.isEmpty() ? "" : "; " + remark);
    return facts.all().anyMatch(ListenerFacts::accepted)
        ? Condition.yes("Accepted", "ListenersNotValid", message, generation)
        : Condition.no("Accepted", "ListenersNotValid", message, generation);
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
    return programmed.condition("Programmed", facts.resource(), generation);
  }

  private Condition addressesAssigned() {
    GatewayAddresses addresses = facts.addresses();
    if (addresses.unsatisfied().isEmpty()) {
      return Condition.yes("AddressesAssigned", "AddressesAssigned", "", generation);
    }
    return Condition.no(
        "AddressesAssigned",
        addresses.given().isEmpty() ? "NotAssigned" : "PartiallyAssigned",
        String.join("; ", addresses.unsatisfied()),
        generation);
  }

  /** What is no single listener's, and then a summary of theirs; it stops nothing by itself. */
  private Condition resolvedRefs() {
    Backends.Refusal shown = facts.shown().refusal();
    if (shown != null) {
      return Condition.no("ResolvedRefs", shown.reason(), shown.message(), generation);
    }
    List<String> bad =
        facts.listeners().stream()
            .filter(listener -> listener.refsRefusal() != null)
            .map(listener -> listener.view().name())
            .toList();
    return bad.isEmpty()
        ? Condition.yes("ResolvedRefs", "ResolvedRefs", facts.shown().remark(), generation)
        : Condition.no(
            "ResolvedRefs",
            "ListenersNotResolved",
            "not resolved: " + String.join(", ", bad),
            generation);
  }
}
