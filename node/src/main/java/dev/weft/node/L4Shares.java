package dev.weft.node;

import dev.weft.api.v1.Attachment.GatewayListener;
import dev.weft.api.v1.Backend.BackendService;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.routing.MeshView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which endpoints get which shares of what comes to a Gateway's listener, where nobody reads it:
 * UDPRoutes, and all others. Pure.
 *
 * @param routes that are meant, the oldest first
 * @param endpoints by "namespace/service"
 * @param udp whether datagrams are meant
 */
record L4Shares(List<L4Route> routes, Map<String, Endpoints> endpoints, boolean udp) {
  /** Weights of routes are shared among endpoints in thousandths. */
  private static final int PARTS = 1000;

  private static final long SUM = Integer.MAX_VALUE / 2;

  private static final Comparator<L4Route> OLDEST_FIRST =
      Comparator.comparingLong(L4Route::getCreatedAtMs)
          .thenComparing(route -> route.getNamespace() + "/" + route.getName());

  static L4Shares of(MeshView mesh, Map<String, Endpoints> endpoints, boolean udp) {
    List<L4Route> routes =
        DatapathStates.all(mesh, BodyCase.L4_ROUTE, Resource::getL4Route).stream()
            .filter(route -> udp == (route.getKind() == L4Route.Kind.KIND_UDP))
            .sorted(OLDEST_FIRST)
            .toList();
    return new L4Shares(routes, endpoints, udp);
  }

  /** Of several on one listener the oldest takes everything. */
  Optional<L4Route> route(Gateway gateway, Gateway.Listener listener) {
    GatewayListener wanted =
        GatewayListener.newBuilder()
            .setNamespace(gateway.getNamespace())
            .setGateway(gateway.getName())
            .setListener(listener.getName())
            .build();
    return routes.stream()
        .filter(
            route ->
                route.getAttachmentsList().stream()
                    .anyMatch(to -> to.hasListener() && to.getListener().equals(wanted)))
        .findFirst();
  }

  /** The share of a backend that cannot be used, or has no endpoint, is nobody's. */
  List<Backend> backends(L4Route route) {
    Map<Backend, Long> weights = new HashMap<>();
    for (dev.weft.api.v1.Backend share : route.getBackendsList()) {
      List<Backend> behind =
          share.hasService()
              ? serving(share.getService()).stream().map(L4Shares::backend).distinct().toList()
              : List.of();
      long parts = (long) share.getWeight() * PARTS;
      if (behind.isEmpty() && parts > 0) {
        weights.merge(Backend.nowhere(1), parts, Long::sum);
      } else if (parts > 0) {
        long each = Math.max(1, parts / behind.size());
        behind.forEach(backend -> weights.merge(backend, each, Long::sum));
      }
    }
    // A weight may be a million; the sum of a table's stays an int.
    long scale = 1 + weights.values().stream().mapToLong(Long::longValue).sum() / SUM;
    List<Backend> backends = new ArrayList<>();
    weights.forEach(
        (backend, weight) ->
            backends.add(
                new Backend(
                    backend.address(),
                    backend.port(),
                    Math.toIntExact(Math.max(1, weight / scale)))));
    return backends;
  }

  /** The endpoints of a Service's port that serve. */
  List<Endpoints.Endpoint> serving(BackendService service) {
    return endpoints
        .getOrDefault(
            service.getNamespace() + "/" + service.getName(), Endpoints.getDefaultInstance())
        .getEndpointsList()
        .stream()
        .filter(
            endpoint ->
                endpoint.getServing()
                    && endpoint.getUdp() == udp
                    && endpoint.getServicePort() == service.getPort())
        .toList();
  }

  private static Backend backend(Endpoints.Endpoint endpoint) {
    return new Backend(DatapathStates.address(endpoint.getAddress()), endpoint.getPort());
  }
}
