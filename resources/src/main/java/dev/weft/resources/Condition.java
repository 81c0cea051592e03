package dev.weft.resources;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a status, as Kubernetes' metav1.Condition.
 *
 * @param reason CamelCase, as the Gateway API defines it
 * @param lastTransitionTime null until {@link ObjectStatus#stamped} sets it
 */
public record Condition(
    String type,
    @Schema.OneOf({"True", "False", "Unknown"}) String status,
    String reason,
    @Schema.Default("") String message,
    @Schema.Default("0") long observedGeneration,
    @Nullable Instant lastTransitionTime) {

  public static Condition yes(String type, String reason, String message, long generation) {
    return new Condition(type, "True", reason, message, generation, null);
  }

  public static Condition no(String type, String reason, String message, long generation) {
    return new Condition(type, "False", reason, message, generation, null);
  }

  public static Condition unknown(String type, String reason, String message, long generation) {
    return new Condition(type, "Unknown", reason, message, generation, null);
  }

  public boolean isTrue() {
    return status.equals("True");
  }

  /** These conditions with times: kept where the status did not change, now where it did. */
  static List<Condition> stamped(List<Condition> news, List<Condition> olds, Instant now) {
    List<Condition> result = new ArrayList<>();
    for (Condition condition : news) {
      Instant since = now;
      for (Condition old : olds) {
        Instant before = old.lastTransitionTime;
        if (old.type.equals(condition.type)
            && old.status.equals(condition.status)
            && before != null
            // The Gateway API's default for a condition that nobody has looked at yet.
            && !before.equals(Instant.EPOCH)) {
          since = before;
        }
      }
      result.add(
          new Condition(
              condition.type,
              condition.status,
              condition.reason,
              condition.message,
              condition.observedGeneration,
              since));
    }
    return List.copyOf(result);
  }
}
