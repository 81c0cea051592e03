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

  /** No node has said anything. */
  public static final Programmed NOTHING = new Programmed(Set.of(), Map.of());

  public Programmed {
    acked = Set.copyOf(acked);
    refused = Map.copyOf(refused);
  }
}
