package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;

/** What translation found out about an object; with what nodes said it becomes its status. */
sealed interface StatusFacts
    permits BackendTlsFacts,
        ClassTranslation.Facts,
        GatewayTranslation.Facts,
        ListenerSetFacts,
        RouteTranslation.Facts,
        TelemetryFacts,
        TrafficTranslation.Facts {

  /** Not a condition of the Gateway API, hence the prefix. */
  String PROGRAMMED = "weft.dev/Programmed";

  ObjectStatus render(Programmed programmed);

  /** The resources whose progress at the nodes shows in the status. */
  List<String> watched();

  /** Whether nodes hold a resource, as a condition. */
  static Condition programmed(
      String type, String resource, Programmed programmed, long generation) {
    String refusal = programmed.refused().get(resource);
    if (refusal != null) {
      return Condition.no(type, "Invalid", "a node refused it: " + refusal, generation);
    }
    return programmed.acked().contains(resource)
        ? Condition.yes(type, "Programmed", "every node holds it", generation)
        : Condition.unknown(type, "Pending", "not every node has answered yet", generation);
  }
}
