package dev.weft.controlplane;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.ResourceWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A status to apply, made from what it should say and what the API server holds. Pure.
 *
 * <p>Conditions and listeners are lists with keys: server-side apply leaves those of other authors
 * alone by itself. A route's {@code parents} and a policy's {@code ancestors} are replaced whole
 * (atomic lists in the Gateway API's schemas), so the entries of other authors are written along,
 * and only onto the version that they were read from.
 *
 * @param status what to apply
 * @param exact whether it may be applied to the version that was looked at only
 */
record StatusPatch(ObjectNode status, boolean exact) {
  private static final String PARENTS = "parents";
  private static final String ANCESTORS = "ancestors";

  /**
   * What to apply; null when the server holds it already.
   *
   * @param wanted without times; null when Weft has nothing to say of the object (any more)
   * @param applied what this process applied last; null when it has not applied anything yet
   */
  static @Nullable StatusPatch of(
      Kind kind,
      @Nullable ObjectStatus wanted,
      ObjectNode seen,
      @Nullable ObjectNode applied,
      Instant now) {
    return switch (wanted) {
      case null -> withdrawn(seen);
      case ObjectStatus.OfClass _, ObjectStatus.OfGateway _, ObjectStatus.OfListenerSet _ ->
          keyed(stamped(kind, wanted, seen, now), seen, applied);
      case ObjectStatus.OfRoute _ ->
          whole(PARENTS, stamped(kind, wanted, ours(PARENTS, seen), now), seen, applied);
      case ObjectStatus.OfPolicy _ ->
          whole(ANCESTORS, stamped(kind, wanted, ours(ANCESTORS, seen), now), seen, applied);
    };
  }

  /** Only the server knows which conditions of an earlier life are ours: the first time asks it. */
  private static @Nullable StatusPatch keyed(
      ObjectNode next, ObjectNode seen, @Nullable ObjectNode applied) {
    return applied != null && !withdraws(applied, next) && covers(next, seen)
        ? null
        : new StatusPatch(next, false);
  }

  private static @Nullable StatusPatch whole(
      String list, ObjectNode next, ObjectNode seen, @Nullable ObjectNode applied) {
    boolean same =
        next.path(list).equals(ours(list, seen).path(list))
            && covers(without(list, next), seen)
            && (applied == null || !withdraws(applied, next));
    return same ? null : new StatusPatch(withForeign(list, next, seen), true);
  }

  /** Takes Weft's entries back. Conditions have no author: those of a Gateway stay. */
  private static @Nullable StatusPatch withdrawn(ObjectNode seen) {
    for (String list : new String[] {PARENTS, ANCESTORS}) {
      if (!ours(list, seen).path(list).isEmpty()) {
        ObjectNode none = JsonNodeFactory.instance.objectNode();
        none.putArray(list);
        return new StatusPatch(withForeign(list, none, seen), true);
      }
    }
    return null;
  }

  private static ObjectNode stamped(
      Kind kind, ObjectStatus wanted, ObjectNode before, Instant now) {
    Map<String, Object> plain =
        ObservedStatuses.JSON.convertValue(before, new TypeReference<>() {});
    ObjectStatus old = ObjectStatus.read(kind, plain);
    JsonNode made = ResourceWriter.toJson(wanted.stamped(old, now.truncatedTo(ChronoUnit.SECONDS)));
    try {
      // Numbers compare with those that were read only after they have been read too.
      return (ObjectNode)
          ObservedStatuses.JSON.readTree(ObservedStatuses.JSON.writeValueAsBytes(made));
    } catch (java.io.IOException e) {
      throw new IllegalStateException("a status cannot be written as JSON", e);
    }
  }

  private static ObjectNode ours(String list, ObjectNode seen) {
    return filtered(list, seen, true);
  }

  private static ObjectNode filtered(String list, ObjectNode seen, boolean ours) {
    if (!(seen.get(list) instanceof ArrayNode entries)) {
      return seen;
    }
    ObjectNode copy = seen.objectNode();
    copy.setAll(seen);
    ArrayNode kept = copy.putArray(list);
    for (JsonNode entry : entries) {
      if (ours == GatewayClass.WEFT_CONTROLLER.equals(entry.path("controllerName").asText())) {
        kept.add(entry);
      }
    }
    return copy;
  }

  private static ObjectNode withForeign(String list, ObjectNode own, ObjectNode seen) {
    ArrayNode all = own.arrayNode();
    filtered(list, seen, false).path(list).forEach(all::add);
    own.path(list).forEach(all::add);
    ObjectNode status = without(list, own);
    status.set(list, all);
    return status;
  }

  private static ObjectNode without(String list, ObjectNode status) {
    ObjectNode rest = status.objectNode();
    rest.setAll(status);
    rest.remove(list);
    return rest;
  }

  /** Whether the server holds all of it, and of the lists that are ours alone nothing else. */
  private static boolean covers(ObjectNode next, ObjectNode seen) {
    for (Map.Entry<String, JsonNode> field : next.properties()) {
      JsonNode there = seen.path(field.getKey());
      boolean covered =
          switch (field.getKey()) {
            case "conditions" -> coversConditions(field.getValue(), there);
            case "listeners" ->
                there.size() == field.getValue().size() && coversListeners(field.getValue(), there);
            default -> field.getValue().equals(there);
          };
      if (!covered) {
        return false;
      }
    }
    return true;
  }

  private static boolean coversConditions(JsonNode next, JsonNode seen) {
    for (JsonNode condition : next) {
      if (!condition.equals(item(seen, "type", condition))) {
        return false;
      }
    }
    return true;
  }

  private static boolean coversListeners(JsonNode next, JsonNode seen) {
    for (JsonNode listener : next) {
      if (!(listener instanceof ObjectNode wanted)
          || !(item(seen, "name", listener) instanceof ObjectNode there)
          || !covers(wanted, there)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a condition or listener that was applied is no longer wanted. */
  private static boolean withdraws(ObjectNode applied, ObjectNode next) {
    for (JsonNode condition : applied.path("conditions")) {
      if (item(next.path("conditions"), "type", condition) == null) {
        return true;
      }
    }
    for (JsonNode listener : applied.path("listeners")) {
      if (!(item(next.path("listeners"), "name", listener) instanceof ObjectNode there)
          || (listener instanceof ObjectNode before && withdraws(before, there))) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable JsonNode item(JsonNode list, String key, JsonNode like) {
    for (JsonNode item : list) {
      if (item.path(key).equals(like.path(key))) {
        return item;
      }
    }
    return null;
  }
}
