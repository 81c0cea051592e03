package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Attachment.GatewayListener;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.ExternalAuth;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.Kind;
import dev.weft.resources.ListenerSet;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which Gateways speak to which Services, for routes or to ask them about requests, counted. Whose
 * TLS is passed on as it is speaks for itself: such a listener does not count.
 */
record ServiceUse() implements Derivation.Tally<ServiceUse.Way> {
  private static final ServiceUse TALLY = new ServiceUse();

  /**
   * From a Gateway to a Service.
   *
   * @param gateway "namespace/name"
   * @param service "namespace/name"; only what the route may refer to
   */
  record Way(String gateway, String service) {}

  @Override
  public List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>(RouteObject.KINDS);
    kinds.add(Kind.GATEWAY);
    return kinds;
  }

  @Override
  public Derivation.Query<Set<Way>> keysOf(ObjectRef object) {
    return object.kind() == Kind.GATEWAY
        ? new OfListeners(object.namespace(), object.name())
        : new OfRoute(object);
  }

  /** The Gateways from which a Service is reached, in alphabetical order. */
  static List<ObjectRef> gateways(Derivation.Reader reader, String namespace, String service) {
    return reader.refs(Kind.GATEWAY).stream()
        .filter(gateway -> reader.count(TALLY, way(gateway, namespace, service)) > 0)
        .toList();
  }

  private static Way way(ObjectRef gateway, String namespace, String service) {
    return new Way(gateway.namespace() + "/" + gateway.name(), namespace + "/" + service);
  }

  /** To the Services that a Gateway's listeners ask, those of its sets too (GEP-5224). */
  record OfListeners(String namespace, String name) implements Derivation.Query<Set<Way>> {
    @Override
    public Set<Way> compute(Derivation.Reader reader) {
      Gateway gateway = reader.object(Gateway.class, namespace, name);
      if (gateway == null || !reader.get(new GatewayView.Of(namespace, name)).ours()) {
        return Set.of();
      }
      Set<Way> ways = new HashSet<>();
      add(reader, gateway.ref(), gateway.spec().listeners(), ways);
      for (ListenerSets.Member member :
          reader.get(new ListenerSets.Of(namespace, name)).members()) {
        ObjectRef ref = member.set();
        ListenerSet set = reader.object(ListenerSet.class, ref.namespace(), ref.name());
        if (set != null && member.allowed()) {
          add(reader, ref, set.spec().listeners(), ways);
        }
      }
      return Set.copyOf(ways);
    }

    private void add(
        Derivation.Reader reader,
        ObjectRef owner,
        List<Gateway.Listener> listeners,
        Set<Way> ways) {
      for (Gateway.Listener listener : listeners) {
        for (ExternalAuth auth : ListenerFilters.of(reader, owner, listener).auths()) {
          Backend.BackendService service = auth.getBackend().getService();
          ways.add(
              way(
                  new ObjectRef(Kind.GATEWAY, namespace, name),
                  service.getNamespace(),
                  service.getName()));
        }
      }
    }
  }

  /** From the Gateways of a route to its Services. */
  record OfRoute(ObjectRef route) implements Derivation.Query<Set<Way>> {
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
            : resource.getHttpRoute().getRulesList().stream().flatMap(ServiceUse::backends);
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
