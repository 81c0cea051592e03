package dev.weft.gatewayapi;

import dev.weft.resources.Gateway;
import dev.weft.resources.LabelSelector;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What routes need to know of a listener of a Gateway or a ListenerSet.
 *
 * @param key its name at nodes, see {@link #key}
 * @param namespace of the object it stands in: what "Same" means
 * @param protocol null when Weft does not speak it
 * @param kinds of routes that may attach
 * @param unknownKinds whether it asks for kinds that it cannot take
 * @param refusal why it is not accepted; null when it is
 */
record ListenerView(
    String key,
    String name,
    String namespace,
    String hostname,
    int port,
    @Nullable ListenerProtocol protocol,
    List<String> kinds,
    boolean unknownKinds,
    String from,
    @Nullable LabelSelector selector,
    Backends.@Nullable Refusal refusal) {

  /** Whether it needs a certificate. */
  boolean endsTls() {
    return protocol != null && protocol.endsTls();
  }

  /** Whether another listener has its place. */
  boolean conflicted() {
    return refusal != null && refusal.reason().endsWith("Conflict");
  }

  /**
   * A name that is unique among all listeners of a Gateway, those of its ListenerSets included:
   * names of objects hold no slash.
   */
  static String key(ObjectRef owner, String listener) {
    return switch (owner.kind()) {
      case LISTENER_SET -> owner.namespace() + "/" + owner.name() + "/" + listener;
      default -> listener;
    };
  }

  /**
   * The listeners of one object.
   *
   * @param conflicts that has seen the objects before it in precedence
   */
  static List<ListenerView> of(
      ObjectRef owner, List<Gateway.Listener> listeners, ListenerConflicts conflicts) {
    Map<String, Backends.Refusal> refused = conflicts.next(listeners);
    List<ListenerView> views = new ArrayList<>();
    for (Gateway.Listener listener : listeners) {
      Backends.Refusal refusal = refused.get(listener.name());
      views.add(
          view(owner, listener, refusal == null ? ListenerFilters.unsupported(listener) : refusal));
    }
    return List.copyOf(views);
  }

  private static ListenerView view(
      ObjectRef owner, Gateway.Listener listener, Backends.@Nullable Refusal refusal) {
    ListenerProtocol protocol = ListenerProtocol.of(listener);
    List<String> possible = protocol == null ? List.of() : protocol.kinds();
    List<String> kinds = new ArrayList<>();
    boolean unknown = false;
    for (Gateway.RouteKind kind : listener.allowedRoutes().kinds()) {
      if (!kind.group().equals(GatewayView.GROUP) || !possible.contains(kind.kind())) {
        unknown = true;
      } else if (!kinds.contains(kind.kind())) {
        kinds.add(kind.kind());
      }
    }
    if (listener.allowedRoutes().kinds().isEmpty()) {
      kinds.addAll(possible);
    }
    return new ListenerView(
        key(owner, listener.name()),
        listener.name(),
        owner.namespace(),
        listener.hostname(),
        listener.port(),
        protocol,
        List.copyOf(kinds),
        unknown,
        listener.allowedRoutes().namespaces().from(),
        listener.allowedRoutes().namespaces().selector(),
        refusal);
  }
}
