package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.LabelSelector;
import dev.weft.resources.Namespace;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which namespaces somebody lets in: AllowedRoutes and AllowedListeners of the Gateway API. */
final class Namespaces {
  private Namespaces() {}

  /**
   * Whether a namespace is let in.
   *
   * @param from All, Same, Selector or None
   * @param selector for Selector; null lets nobody in
   * @param own the namespace of the object that lets others in
   */
  static boolean allow(
      Derivation.Reader reader,
      String from,
      @Nullable LabelSelector selector,
      String own,
      String asking) {
    return switch (from) {
      case "All" -> true;
      case "Same" -> own.equals(asking);
      case "Selector" -> selector != null && selector.matches(labels(reader, asking));
      default -> false;
    };
  }

  /** A namespace's labels with the one that every API server adds. */
  static Map<String, String> labels(Derivation.Reader reader, String namespace) {
    Namespace object = reader.object(Namespace.class, "", namespace);
    Map<String, String> labels =
        object == null ? new HashMap<>() : new HashMap<>(object.metadata().labels());
    labels.put(Namespace.NAME_LABEL, namespace);
    return labels;
  }
}
