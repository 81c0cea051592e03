package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Attachment.GatewayListener;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which Gateways speak to which Services for which routes, counted. Whose TLS is passed on as it is
 * speaks for itself: such a listener does not count.
 */
record RouteUse() implements Derivation.Tally<RouteUse.Way> {
  private static final RouteUse TALLY = new RouteUse();

  /**
   * From a Gateway to a Service.
   *
   * @param gateway "namespace/name"
   * @param service "namespace/name"; only what the route may refer to
   */
  record Way(String gateway, String service) {}

  @Override
  public List<Kind> kinds() {
    return List.copyOf(RouteObject.KINDS);
  }

  @Override
  public Derivation.Query<Set<Way>> keysOf(ObjectRef route) {
    return new WaysOf(route);
  }

  /**
   * The Gateways from which a Service is reached, by routes or filters of listeners, in
   * alphabetical order.
   */
  static List<ObjectRef> gateways(Derivation.Reader reader, String namespace, String service) {
    return reader.refs(Kind.GATEWAY).stream()
        .filter(
            gateway ->
                reader.count(
                            TALLY,
                            new Way(
                                gateway.namespace() + "/" + gateway.name(),
                                namespace + "/" + service))
                        > 0
                    || reader
                        .get(new ListenerFilters.Asked(gateway.namespace(), gateway.name()))
                        .contains(namespace + "/" + service))
        .toList();
  }

  /** The ways of one route. */
  record WaysOf(ObjectRef route) implements Derivation.Query<Set<Way>> {
    @Override
    public Set<Way> compute(Derivation.Reader reader) {
      Resource resource = reader.get(new RouteTranslation.Of(route)).resource();
      Set<Way> ways = new HashSet<>();
      if (resource == null) {
        return ways;
      }
      List<String> services = services(resource);
      for (Attachment attachment : attachments(resource)) {
        if (attachment.hasListener() && !passesTlsOn(reader, attachment.getListener())) {
          GatewayListener listener = attachment.getListener();
          String gateway = listener.getNamespace() + "/" + listener.getGateway();
          services.forEach(service -> ways.add(new Way(gateway, service)));
        }
      }
      return Set.copyOf(ways);
    }
  }

  private static List<Attachment> attachments(Resource resource) {
    return resource.hasL4Route()
        ? resource.getL4Route().getAttachmentsList()
        : resource.getHttpRoute().getAttachmentsList();
  }

  private static boolean passesTlsOn(Derivation.Reader reader, GatewayListener listener) {
    // A key of a ListenerSet's listener is "namespace/name/listener", see ListenerView.key.
    String[] key = listener.getListener().split("/", -1);
    List<ListenerView> views =
        key.length == 3
            ? reader.get(new ListenerSetView.Of(key[0], key[1])).listeners()
            : reader
                .get(new GatewayView.Of(listener.getNamespace(), listener.getGateway()))
                .listeners();
    return views.stream()
        .anyMatch(
            view ->
                view.key().equals(listener.getListener())
                    && view.protocol() == ListenerProtocol.TLS_PASSTHROUGH);
  }

  private static List<String> services(Resource resource) {
    Stream<Backend> backends =
        resource.hasL4Route()
            ? resource.getL4Route().getBackendsList().stream()
            : resource.getHttpRoute().getRulesList().stream().flatMap(RouteUse::backends);
    return backends
        .filter(Backend::hasService)
        .map(Backend::getService)
        .map(service -> service.getNamespace() + "/" + service.getName())
        .distinct()
        .toList();
  }

  private static Stream<Backend> backends(HttpRule rule) {
    List<Backend> all = new ArrayList<>(rule.getBackendsList());
    rule.getBackendsList().forEach(backend -> ofFilters(backend.getFiltersList(), all));
    ofFilters(rule.getFiltersList(), all);
    return all.stream();
  }

  private static void ofFilters(List<HttpFilter> filters, List<Backend> all) {
    for (HttpFilter filter : filters) {
      if (filter.hasMirror()) {
        all.add(filter.getMirror().getBackend());
      }
      if (filter.hasExternalAuth()) {
        all.add(filter.getExternalAuth().getBackend());
      }
    }
  }
}
