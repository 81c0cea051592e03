package dev.weft.resources;

import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What nodes have made of the resources they were sent.
 *
 * @param acked whether every connected node that a resource is meant for holds its present version,
 *     by its name
 * @param refusal why some node refused a resource's present version, by its name; null: none did
 */
public record Programmed(Predicate<String> acked, Function<String, @Nullable String> refusal) {

  /** Where the Gateway API has no such condition, hence the prefix. */
  public static final String TYPE = "weft.dev/Programmed";

  /** No node has said anything. */
  public static final Programmed NOTHING = new Programmed(_ -> false, _ -> null);

  /** Whether nodes hold a resource, as a condition of a type. */
  public Condition condition(String type, String resource, long generation) {
    String reason = refusal.apply(resource);
    if (reason != null) {
      return Condition.no(type, "Invalid", "a node refused it: " + reason, generation);
    }
    return acked.test(resource)
        ? Condition.yes(type, "Programmed", "every node holds it", generation)
        : Condition.unknown(type, "Pending", "not every node has answered yet", generation);
  }
}
