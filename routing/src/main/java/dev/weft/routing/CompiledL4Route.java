package dev.weft.routing;

import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.L4Route;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A TLSRoute, TCPRoute or UDPRoute, compiled apart from the places it is attached to. Immutable.
 */
record CompiledL4Route(
    String name, boolean udp, long createdAtMs, List<Attachment> attachments, L4Rule rule)
    implements Attached.Route {

  /** The older one first, then by name (Gateway API, conflicts). */
  static final Comparator<CompiledL4Route> PRECEDENCE =
      Comparator.comparingLong(CompiledL4Route::createdAtMs).thenComparing(CompiledL4Route::name);

  /**
   * @throws IllegalArgumentException saying what is wrong with it
   */
  static CompiledL4Route of(L4Route route) {
    List<WeightedBackends.Weighted> backends = new ArrayList<>();
    for (Backend backend : route.getBackendsList()) {
      if (backend.getFiltersCount() > 0) {
        throw new IllegalArgumentException("a filter, and nobody reads what is sent");
      }
      backends.add(
          new WeightedBackends.Weighted(
              choice(backend, isUdp(route)), Integer.toUnsignedLong(backend.getWeight())));
    }
    return compiled(route, WeightedBackends.of(backends));
  }

  /** Stands for a route that could not be compiled and has no earlier form: closes what it gets. */
  static CompiledL4Route refused(L4Route route, String reason) {
    return compiled(
        route,
        WeightedBackends.of(
            List.of(new WeightedBackends.Weighted(new BackendChoice.Invalid(reason), 1))));
  }

  private static CompiledL4Route compiled(L4Route route, WeightedBackends backends) {
    String name = route.getNamespace() + "/" + route.getName();
    String rule = route.getRule().isEmpty() ? "0" : route.getRule();
    return new CompiledL4Route(
        name,
        route.getKind() == L4Route.Kind.KIND_UDP,
        route.getCreatedAtMs(),
        route.getAttachmentsList(),
        new L4Rule(prefix(route) + name + "/" + rule, backends));
  }

  private static boolean isUdp(L4Route route) {
    return switch (route.getKind()) {
      case KIND_UDP -> true;
      case KIND_TLS, KIND_TCP -> false;
      case KIND_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("a route of a kind that this version does not know");
    };
  }

  private static String prefix(L4Route route) {
    return switch (route.getKind()) {
      case KIND_UDP -> "udproute/";
      case KIND_TLS -> "tlsroute/";
      case KIND_TCP -> "tcproute/";
      case KIND_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  private static BackendChoice choice(Backend backend, boolean udp) {
    return switch (backend.getTargetCase()) {
      case INVALID -> new BackendChoice.Invalid(backend.getInvalid());
      case TARGET_NOT_SET -> new BackendChoice.Invalid("the backend names no Service");
      case SERVICE -> {
        Backend.BackendService service = backend.getService();
        yield BackendChoice.ToService.plain(
            new ServiceKey(service.getNamespace(), service.getName(), service.getPort(), udp));
      }
    };
  }
}
