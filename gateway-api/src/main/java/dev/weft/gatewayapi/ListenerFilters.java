package dev.weft.gatewayapi;

import dev.weft.api.v1.ExternalAuth;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.List;
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
