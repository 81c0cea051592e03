package dev.weft.controlplane;

import dev.weft.resources.Kind;
import java.util.EnumMap;
import java.util.Map;

/**
 * Which kinds cannot be followed, and why. An API server that goes away takes all kinds with it: it
 * is told once, not once a kind. Any thread.
 */
final class Outages {
  private final Map<Kind, String> reasons = new EnumMap<>(Kind.class);

  /**
   * A kind cannot be followed.
   *
   * @return what is new to the user; "" if nothing is
   */
  synchronized String failed(Kind kind, String reason) {
    boolean told = reasons.containsValue(reason);
    reasons.put(kind, reason);
    return told
        ? ""
        : "%s cannot be followed, nor what fails alike; what was read stays in force, trying on: %s"
            .formatted(kind.kind(), reason);
  }

  /**
   * A kind has been listed.
   *
   * @return as above
   */
  synchronized String listed(Kind kind) {
    return reasons.remove(kind) != null && reasons.isEmpty()
        ? "everything can be followed again"
        : "";
  }

  /** Why a kind cannot be followed; "" if it can. */
  synchronized String reason(Kind kind) {
    return reasons.getOrDefault(kind, "");
  }
}
