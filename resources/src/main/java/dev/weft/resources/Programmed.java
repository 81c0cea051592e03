package dev.weft.resources;

import java.util.Map;
import java.util.Set;

/**
 * What nodes have made of the resources they were sent.
 *
 * @param acked names of resources whose present version every connected node it is meant for holds
 * @param refused reasons by name of resources whose present version some node refused
 */
public record Programmed(Set<String> acked, Map<String, String> refused) {

  /** Where the Gateway API has no such condition, hence the prefix. */
  public static final String TYPE = "weft.dev/Programmed";

  /** No node has said anything. */
  public static final Programmed NOTHING = new Programmed(Set.of(), Map.of());

  public Programmed {
    acked = Set.copyOf(acked);
    refused = Map.copyOf(refused);
  }

  /** Whether nodes hold a resource, as a condition of a type. */
  public Condition condition(String type, String resource, long generation) {
    String refusal = refused.get(resource);
    if (refusal != null) {
      return Condition.no(type, "Invalid", "a node refused it: " + refusal, generation);
    }
    return acked.contains(resource)
        ? Condition.yes(type, "Programmed", "every node holds it", generation)
        : Condition.unknown(type, "Pending", "not every node has answered yet", generation);
  }
}
