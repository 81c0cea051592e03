package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What all routes attach to, seen from the other side.
 *
 * @param listeners number of routes by "namespace/gateway" and listener
 * @param services ports by "namespace/service"; 0 stands for every port
 */
record AttachedRoutes(
    Map<String, Map<String, Integer>> listeners, Map<String, Set<Integer>> services) {

  /** Asks every route. */
  record All() implements Derivation.Query<AttachedRoutes> {
    @Override
    public AttachedRoutes compute(Derivation.Reader reader) {
      List<ObjectRef> routes = new ArrayList<>(reader.refs(Kind.HTTP_ROUTE));
      routes.addAll(reader.refs(Kind.GRPC_ROUTE));
      Map<String, Map<String, Integer>> listeners = new HashMap<>();
      Map<String, Set<Integer>> services = new HashMap<>();
      for (ObjectRef route : routes) {
        Set<Attachment.GatewayListener> counted = new HashSet<>();
        // A route that is not accepted is there, to answer 500, but does not count.
        boolean accepted = !reader.get(new RouteTranslation.IsUnsupported(route));
        for (RouteAttachments.Parent parent :
            reader.get(new RouteAttachments.Of(route)).parents()) {
          for (Attachment attachment : parent.attachments()) {
            if (attachment.hasService()) {
              Attachment.ServicePort service = attachment.getService();
              services
                  .computeIfAbsent(
                      service.getNamespace() + "/" + service.getName(), key -> new TreeSet<>())
                  .add(service.getPort());
            } else if (accepted && counted.add(attachment.getListener())) {
              Attachment.GatewayListener listener = attachment.getListener();
              listeners
                  .computeIfAbsent(
                      listener.getNamespace() + "/" + listener.getGateway(), key -> new TreeMap<>())
                  .merge(listener.getListener(), 1, Integer::sum);
            }
          }
        }
      }
      return new AttachedRoutes(listeners, services);
    }
  }

  /** Routes on each listener of one Gateway. */
  record OnGateway(String namespace, String name)
      implements Derivation.Query<Map<String, Integer>> {
    @Override
    public Map<String, Integer> compute(Derivation.Reader reader) {
      return reader.get(new All()).listeners().getOrDefault(namespace + "/" + name, Map.of());
    }
  }

  /** Ports of one Service with routes; 0 stands for every port. */
  record OnService(String namespace, String name) implements Derivation.Query<Set<Integer>> {
    @Override
    public Set<Integer> compute(Derivation.Reader reader) {
      return reader.get(new All()).services().getOrDefault(namespace + "/" + name, Set.of());
    }
  }
}
