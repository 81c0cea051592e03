package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.StatusFacts;
import java.util.List;

/** What is known of a ListenerSet, with its Gateway. */
record ListenerSetFacts(GatewayTranslation.Facts gateway, GatewayTranslation.SetFacts set)
    implements StatusFacts {

  /** Those of all sets of a Gateway; the same instances as long as they say the same. */
  record Of(Context context, String namespace, String name)
      implements Derivation.Query<List<ListenerSetFacts>> {
    @Override
    public List<ListenerSetFacts> compute(Derivation.Reader reader) {
      GatewayTranslation.Facts gateway =
          reader.get(new GatewayTranslation.Of(context, namespace, name)).facts();
      return gateway.sets().stream().map(set -> new ListenerSetFacts(gateway, set)).toList();
    }
  }

  /** Whether the set counts as attached to its Gateway. */
  boolean accepted() {
    return set.allowed() && gateway.refusal() == null && set.serves();
  }

  @Override
  public List<String> watched() {
    return List.of(gateway.resource());
  }

  @Override
  public ObjectStatus render(Programmed programmed) {
    return new ObjectStatus.OfListenerSet(
        List.of(acceptedCondition(), programmedCondition(programmed)),
        new ListenerStatus(gateway, set.generation(), programmed).render(set.listeners()));
  }

  private Condition acceptedCondition() {
    if (!set.allowed()) {
      return no("Accepted", "NotAllowed", "the Gateway's allowedListeners does not allow it");
    }
    if (gateway.refusal() != null) {
      return no("Accepted", "ParentNotAccepted", "the Gateway is not accepted");
    }
    List<String> bad =
        set.listeners().stream()
            .filter(listener -> !listener.serves())
            .map(listener -> listener.view().name())
            .toList();
    String message = bad.isEmpty() ? "" : "cannot be served: " + String.join(", ", bad);
    if (!set.serves()) {
      return no("Accepted", "ListenersNotValid", message);
    }
    return Condition.yes(
        "Accepted", bad.isEmpty() ? "Accepted" : "ListenersNotValid", message, set.generation());
  }

  private Condition programmedCondition(Programmed programmed) {
    Condition accepted = acceptedCondition();
    if (gateway.refusal() != null && set.allowed()) {
      return no("Programmed", "ParentNotProgrammed", accepted.message());
    }
    if (!accepted.isTrue()) {
      return no("Programmed", accepted.reason(), accepted.message());
    }
    return gateway.serves()
        ? programmed.condition("Programmed", gateway.resource(), set.generation())
        : no("Programmed", "ParentNotProgrammed", "the Gateway has no address");
  }

  private Condition no(String type, String reason, String message) {
    return Condition.no(type, reason, message, set.generation());
  }
}
