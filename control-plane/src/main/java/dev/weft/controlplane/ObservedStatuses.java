package dev.weft.controlplane;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the API server holds as statuses of the kinds that Weft writes statuses of, as text: it is
 * looked at again only when something changed. Any thread.
 */
final class ObservedStatuses {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Set<String> GROUPS =
      Set.of("gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "weft.dev");

  private static final Set<Kind> KINDS =
      Stream.of(Kind.values())
          .filter(kind -> GROUPS.contains(kind.group()) && kind != Kind.REFERENCE_GRANT)
          .collect(Collectors.toCollection(() -> EnumSet.noneOf(Kind.class)));

  private final Map<ObjectRef, Seen> seen = new ConcurrentHashMap<>();
  private volatile Consumer<ObjectRef> changed = ref -> {};

  /**
   * A status.
   *
   * @param version of the whole object
   * @param text JSON, "{}" when there is none
   */
  record Seen(String version, String text) {

    /** Whether the status has an entry that names Weft as its author. */
    boolean hasOurs() {
      return text.contains(GatewayClass.WEFT_CONTROLLER);
    }

    ObjectNode status() {
      try {
        return JSON.readTree(text) instanceof ObjectNode object
            ? object
            : JsonNodeFactory.instance.objectNode();
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("what was written as JSON is none", e);
      }
    }
  }

  /** Calls back whenever a status is not what it was, or is gone with its object. */
  void onChange(Consumer<ObjectRef> callback) {
    changed = callback;
  }

  /** A watch tells of the object. An older version than one that is known changes nothing. */
  void seen(ObjectRef ref, GenericKubernetesResource raw) {
    if (KINDS.contains(ref.kind())) {
      note(ref, of(raw), true);
    }
  }

  /**
   * The server answered a write with this. Of an object whose end a watch has told of meanwhile
   * nothing is noted: nobody would tell of its end again.
   */
  void answered(ObjectRef ref, GenericKubernetesResource raw) {
    note(ref, of(raw), false);
  }

  private void note(ObjectRef ref, Seen now, boolean begins) {
    AtomicBoolean news = new AtomicBoolean();
    seen.compute(
        ref,
        (_, before) -> {
          if (before == null ? !begins : older(now.version(), before.version())) {
            return before;
          }
          news.set(before == null || !before.text().equals(now.text()));
          return now;
        });
    if (news.get()) {
      changed.accept(ref);
    }
  }

  private static Seen of(GenericKubernetesResource raw) {
    Object status = raw.getAdditionalProperties().get("status");
    try {
      return new Seen(
          String.valueOf(raw.getMetadata().getResourceVersion()),
          status == null ? "{}" : JSON.writeValueAsString(status));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was read as JSON cannot be written", e);
    }
  }

  /** The object is gone. */
  void gone(ObjectRef ref) {
    if (seen.remove(ref) != null) {
      changed.accept(ref);
    }
  }

  @Nullable Seen get(ObjectRef ref) {
    return seen.get(ref);
  }

  /** All objects that are there now. */
  Set<ObjectRef> objects() {
    return Set.copyOf(seen.keySet());
  }

  /** Versions of one kind of object can be compared (KEP-5504). */
  private static boolean older(String version, String than) {
    return version.length() < than.length()
        || (version.length() == than.length() && version.compareTo(than) < 0);
  }
}
