package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What all routes attach to, seen from the other side. Counted, so that one route's change costs
 * the same whether the others are ten or ten thousand.
 */
record AttachedRoutes() implements Derivation.Tally<AttachedRoutes.Place> {
  private static final AttachedRoutes TALLY = new AttachedRoutes();

  /** Where a route can be attached. */
  sealed interface Place {}

  /**
   * A listener of a Gateway.
   *
   * @param listener see {@link ListenerView#key}
   */
  record AtListener(String namespace, String gateway, String listener) implements Place {}

  /**
   * A port of a Service.
   *
   * @param port 0 stands for every port
   */
  record AtService(String namespace, String name, int port) implements Place {}

  @Override
  public List<Kind> kinds() {
    return List.copyOf(RouteObject.KINDS);
  }

  @Override
  public Derivation.Query<Set<Place>> keysOf(ObjectRef route) {
    return new PlacesOf(route);
  }

  /** How many accepted routes a listener has. */
  static int on(Derivation.Reader reader, String namespace, String gateway, String listener) {
    return reader.count(TALLY, new AtListener(namespace, gateway, listener));
  }

  /** Whether a Service's port has routes. */
  static boolean on(Derivation.Reader reader, String namespace, String service, int port) {
    return reader.count(TALLY, new AtService(namespace, service, port)) > 0
        || reader.count(TALLY, new AtService(namespace, service, 0)) > 0;
  }

  /** The places of one route. */
  record PlacesOf(ObjectRef route) implements Derivation.Query<Set<Place>> {
    @Override
    public Set<Place> compute(Derivation.Reader reader) {
      Set<Place> places = new HashSet<>();
      // A route that is not accepted is there, to refuse what it is sent, but does not count.
      boolean accepted = !reader.get(new RouteTranslation.IsUnsupported(route));
      for (RouteAttachments.Parent parent : reader.get(new RouteAttachments.Of(route)).parents()) {
        for (Attachment attachment : parent.attachments()) {
          if (attachment.hasService()) {
            Attachment.ServicePort service = attachment.getService();
            places.add(new AtService(service.getNamespace(), service.getName(), service.getPort()));
          } else if (accepted) {
            Attachment.GatewayListener listener = attachment.getListener();
            places.add(
                new AtListener(
                    listener.getNamespace(), listener.getGateway(), listener.getListener()));
          }
        }
      }
      return Set.copyOf(places);
    }
  }
}
