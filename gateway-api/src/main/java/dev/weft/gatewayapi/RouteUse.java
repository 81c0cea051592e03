package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which Services a route leads to, and from which Gateways: whoever hears of it is not asked again
 * when only the rest of the route changes.
 *
 * @param gateways "namespace/name"
 * @param services "namespace/name"; only those that the route may refer to
 */
record RouteUse(SortedSet<String> gateways, SortedSet<String> services) {

  /** Looks at one route. */
  record Of(ObjectRef route) implements Derivation.Query<RouteUse> {
    @Override
    public RouteUse compute(Derivation.Reader reader) {
      Resource resource = reader.get(new RouteTranslation.Of(route)).resource();
      SortedSet<String> gateways = new TreeSet<>();
      SortedSet<String> services = new TreeSet<>();
      if (resource != null) {
        HttpRoute made = resource.getHttpRoute();
        for (Attachment attachment : made.getAttachmentsList()) {
          if (attachment.hasListener()) {
            Attachment.GatewayListener listener = attachment.getListener();
            gateways.add(listener.getNamespace() + "/" + listener.getGateway());
          }
        }
        made.getRulesList().forEach(rule -> add(rule, services));
      }
      return new RouteUse(gateways, services);
    }
  }

  private static void add(HttpRule rule, SortedSet<String> services) {
    rule.getFiltersList().forEach(filter -> add(filter, services));
    for (Backend backend : rule.getBackendsList()) {
      add(backend, services);
      backend.getFiltersList().forEach(filter -> add(filter, services));
    }
  }

  private static void add(HttpFilter filter, SortedSet<String> services) {
    if (filter.hasMirror()) {
      add(filter.getMirror().getBackend(), services);
    }
  }

  private static void add(Backend backend, SortedSet<String> services) {
    if (backend.hasService()) {
      services.add(backend.getService().getNamespace() + "/" + backend.getService().getName());
    }
  }

  /** Gateways by Service. */
  record All() implements Derivation.Query<Map<String, SortedSet<String>>> {
    @Override
    public Map<String, SortedSet<String>> compute(Derivation.Reader reader) {
      List<ObjectRef> routes = new ArrayList<>(reader.refs(Kind.HTTP_ROUTE));
      routes.addAll(reader.refs(Kind.GRPC_ROUTE));
      Map<String, SortedSet<String>> gateways = new HashMap<>();
      for (ObjectRef route : routes) {
        RouteUse use = reader.get(new Of(route));
        for (String service : use.services()) {
          gateways.computeIfAbsent(service, _ -> new TreeSet<>()).addAll(use.gateways());
        }
      }
      return gateways;
    }
  }

  /** The Gateways from which a Service is reached, in alphabetical order. */
  record OfService(String namespace, String name) implements Derivation.Query<List<String>> {
    @Override
    public List<String> compute(Derivation.Reader reader) {
      SortedSet<String> found = reader.get(new All()).get(namespace + "/" + name);
      return found == null ? List.of() : List.copyOf(found);
    }
  }
}
