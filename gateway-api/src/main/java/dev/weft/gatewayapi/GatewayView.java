package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.LabelSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What routes need to know of a Gateway: they are not translated again when only its certificates,
 * addresses or labels change.
 *
 * @param exists false: there is no Gateway with the name
 * @param ours whether its class is one that Weft serves
 */
record GatewayView(boolean exists, boolean ours, List<Listener> listeners) {
  static final String GROUP = "gateway.networking.k8s.io";

  /** Routes that HTTP and HTTPS listeners take. */
  private static final List<String> HTTP_KINDS = List.of("HTTPRoute", "GRPCRoute");

  private static final Set<String> PROTOCOLS = Set.of("HTTP", "HTTPS");

  /**
   * One listener.
   *
   * @param kinds of routes that may attach
   * @param unknownKinds whether it asks for kinds that it cannot take
   * @param refusal why it is not accepted: UnsupportedProtocol, ProtocolConflict, HostnameConflict;
   *     null when it is
   */
  record Listener(
      String name,
      String hostname,
      int port,
      String protocol,
      List<String> kinds,
      boolean unknownKinds,
      String from,
      LabelSelector selector,
      @Nullable String refusal) {

    boolean conflicted() {
      return refusal != null && refusal.endsWith("Conflict");
    }
  }

  /** Looks at one Gateway. */
  record Of(String namespace, String name) implements Derivation.Query<GatewayView> {
    @Override
    public GatewayView compute(Derivation.Reader reader) {
      Gateway gateway = reader.object(Gateway.class, namespace, name);
      if (gateway == null) {
        return new GatewayView(false, false, List.of());
      }
      GatewayClass gatewayClass =
          reader.object(GatewayClass.class, "", gateway.spec().gatewayClassName());
      boolean ours = gatewayClass != null && isOurs(gatewayClass);
      return new GatewayView(true, ours, ours ? listeners(gateway.spec().listeners()) : List.of());
    }
  }

  static boolean isOurs(GatewayClass gatewayClass) {
    return gatewayClass.spec().controllerName().equals(GatewayClass.WEFT_CONTROLLER);
  }

  private static List<Listener> listeners(List<Gateway.Listener> all) {
    List<Listener> views = new ArrayList<>();
    for (Gateway.Listener listener : all) {
      views.add(view(listener, refusal(listener, all)));
    }
    return List.copyOf(views);
  }

  private static Listener view(Gateway.Listener listener, @Nullable String refusal) {
    boolean supported = PROTOCOLS.contains(listener.protocol());
    List<String> kinds = new ArrayList<>();
    boolean unknown = false;
    for (Gateway.RouteKind kind : listener.allowedRoutes().kinds()) {
      if (supported && kind.group().equals(GROUP) && HTTP_KINDS.contains(kind.kind())) {
        kinds.add(kind.kind());
      } else {
        unknown = true;
      }
    }
    if (listener.allowedRoutes().kinds().isEmpty() && supported) {
      kinds.addAll(HTTP_KINDS);
    }
    LabelSelector selector = listener.allowedRoutes().namespaces().selector();
    return new Listener(
        listener.name(),
        listener.hostname(),
        listener.port(),
        listener.protocol(),
        List.copyOf(kinds),
        unknown,
        listener.allowedRoutes().namespaces().from(),
        selector == null ? LabelSelector.EVERYTHING : selector,
        refusal);
  }

  /** Conflicting listeners are all refused: the specification forbids to pick one of them. */
  private static @Nullable String refusal(Gateway.Listener listener, List<Gateway.Listener> all) {
    if (!PROTOCOLS.contains(listener.protocol())) {
      return "UnsupportedProtocol";
    }
    String found = null;
    for (Gateway.Listener other : all) {
      boolean sharesPort =
          !other.name().equals(listener.name())
              && other.port() == listener.port()
              && PROTOCOLS.contains(other.protocol());
      if (sharesPort && !other.protocol().equals(listener.protocol())) {
        return "ProtocolConflict";
      }
      if (sharesPort && other.hostname().equals(listener.hostname())) {
        found = "HostnameConflict";
      }
    }
    return found;
  }
}
