package dev.weft.gatewayapi;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.ExternalAuth;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ListenerSet;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What requests of a listener pass before any route is looked at (GEP-5224).
 *
 * @param auths in their order; one that cannot be asked stays, and lets nothing through
 * @param refusal the first reference that does not resolve; null when all do
 * @param remark what is done in another way than a filter may suggest; "" when nothing is
 */
record ListenerFilters(
    List<ExternalAuth> auths, Backends.@Nullable Refusal refusal, String remark) {

  /**
   * Looks at the filters of a listener.
   *
   * @param owner the Gateway or ListenerSet it stands in
   */
  static ListenerFilters of(Derivation.Reader reader, ObjectRef owner, Gateway.Listener listener) {
    List<ExternalAuth> auths = new ArrayList<>();
    Backends.Refusal refusal = null;
    String remark = "";
    List<Gateway.ListenerFilter> filters = listener.filters().requests();
    for (int i = 0; i < filters.size(); i++) {
      dev.weft.resources.ExternalAuth auth = filters.get(i).externalAuth();
      if (auth == null) {
        continue; // such a listener is not accepted, see unsupported()
      }
      String place = "filters.requests[" + i + "]: ";
      BackendRef ref = auth.backendRef().asBackend();
      Backends.Refusal found = Backends.checkHttp(reader, owner, ref, auth.grpc() != null);
      auths.add(ExternalAuths.translate(auth, Backends.translate(reader, owner, ref, found)));
      if (found != null && refusal == null) {
        refusal = named(found, place);
      }
      if (ExternalAuths.asksForMore(auth)) {
        remark = place + "forwardBody.maxSize is " + ExternalAuths.MAX_BODY + " at most";
      }
    }
    return new ListenerFilters(List.copyOf(auths), refusal, remark);
  }

  /** The Services that a Gateway's listeners ask, those of its sets too, by "namespace/name". */
  record Asked(String namespace, String name) implements Derivation.Query<Set<String>> {
    @Override
    public Set<String> compute(Derivation.Reader reader) {
      Gateway gateway = reader.object(Gateway.class, namespace, name);
      if (gateway == null || !reader.get(new GatewayView.Of(namespace, name)).ours()) {
        return Set.of();
      }
      Set<String> services = new HashSet<>();
      add(reader, gateway.ref(), gateway.spec().listeners(), services);
      for (ListenerSets.Member member :
          reader.get(new ListenerSets.Of(namespace, name)).members()) {
        ObjectRef ref = member.set();
        ListenerSet set = reader.object(ListenerSet.class, ref.namespace(), ref.name());
        if (set != null && member.allowed()) {
          add(reader, ref, set.spec().listeners(), services);
        }
      }
      return Set.copyOf(services);
    }

    private static void add(
        Derivation.Reader reader,
        ObjectRef owner,
        List<Gateway.Listener> listeners,
        Set<String> services) {
      for (Gateway.Listener listener : listeners) {
        for (ExternalAuth auth : ListenerFilters.of(reader, owner, listener).auths()) {
          Backend.BackendService service = auth.getBackend().getService();
          services.add(service.getNamespace() + "/" + service.getName());
        }
      }
    }
  }

  private static Backends.Refusal named(Backends.Refusal refusal, String place) {
    String reason =
        refusal.reason().equals("RefNotPermitted") ? refusal.reason() : "InvalidListenerFilterRef";
    return new Backends.Refusal(reason, place + "ExternalAuth.backendRef: " + refusal.message());
  }

  /** A filter that is skipped would let requests through that it was there to stop. */
  static Backends.@Nullable Refusal unsupported(Gateway.Listener listener) {
    List<Gateway.ListenerFilter> filters = listener.filters().requests();
    for (int i = 0; i < filters.size(); i++) {
      if (filters.get(i).externalAuth() == null) {
        return new Backends.Refusal(
            "UnsupportedValue",
            "filters.requests["
                + i
                + "]: filters of type "
                + filters.get(i).type()
                + " are not done");
      }
    }
    return null;
  }
}
