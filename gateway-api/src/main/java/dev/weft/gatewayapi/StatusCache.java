package dev.weft.gatewayapi;

import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Statuses rendered once: of many routes few have changed. It only saves work, and an answer is the
 * same instance as the last one when it is the same. Any thread.
 */
final class StatusCache {
  private final Map<ObjectRef, Rendered> known = new ConcurrentHashMap<>();

  /** A status with all that it was made of. */
  private record Rendered(StatusFacts facts, List<String> progress, ObjectStatus status) {}

  Map<ObjectRef, ObjectStatus> render(Map<ObjectRef, StatusFacts> facts, Programmed programmed) {
    Map<ObjectRef, ObjectStatus> statuses = LinkedHashMap.newLinkedHashMap(facts.size());
    facts.forEach((ref, fact) -> statuses.put(ref, render(ref, fact, programmed)));
    if (known.size() > facts.size()) {
      known.keySet().retainAll(facts.keySet());
    }
    return statuses;
  }

  @SuppressWarnings("ReferenceEquality") // facts that are equal keep their identity
  private ObjectStatus render(ObjectRef ref, StatusFacts facts, Programmed programmed) {
    List<String> progress = progress(facts.watched(), programmed);
    Rendered before = known.get(ref);
    if (before != null && before.facts == facts && before.progress.equals(progress)) {
      return before.status;
    }
    ObjectStatus status = facts.render(programmed);
    known.put(ref, new Rendered(facts, progress, status));
    return status;
  }

  private static List<String> progress(List<String> names, Programmed programmed) {
    List<String> progress = new ArrayList<>(names.size());
    for (String name : names) {
      String refusal = programmed.refused().get(name);
      progress.add(
          refusal != null
              ? "refused: " + refusal
              : String.valueOf(programmed.acked().contains(name)));
    }
    return progress;
  }
}
