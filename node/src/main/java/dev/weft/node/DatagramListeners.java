package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Attachment.GatewayListener;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Backend.BackendService;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.Ipv4;
import dev.weft.routing.MeshView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Gateways' UDP listeners: nothing in them has to be read, so the programs serve them. Those of
 * Gateways with a policy are left to the proxy, which asks it. Pure.
 */
final class DatagramListeners {
  /** Weights of routes are shared among endpoints in thousandths. */
  private static final int PARTS = 1000;

  private static final long SUM = Integer.MAX_VALUE / 2;

  private static final Comparator<L4Route> OLDEST_FIRST =
      Comparator.comparingLong(L4Route::getCreatedAtMs)
          .thenComparing(route -> route.getNamespace() + "/" + route.getName());

  private final Map<String, Endpoints> endpoints;
  private final List<L4Route> routes;
  private final Map<ServicePort, ServiceTarget> frontends = new HashMap<>();

  private DatagramListeners(MeshView mesh, Map<String, Endpoints> endpoints) {
    this.endpoints = endpoints;
    routes =
        DatapathStates.all(mesh, BodyCase.L4_ROUTE, Resource::getL4Route).stream()
            .filter(route -> route.getKind() == L4Route.Kind.KIND_UDP)
            .sorted(OLDEST_FIRST)
            .toList();
  }

  /**
   * Where each goes.
   *
   * @param endpoints by "namespace/service"
   */
  static Map<ServicePort, ServiceTarget> of(MeshView mesh, Map<String, Endpoints> endpoints) {
    DatagramListeners made = new DatagramListeners(mesh, endpoints);
    Set<String> judged = judged(mesh);
    DatapathStates.all(mesh, BodyCase.GATEWAY, Resource::getGateway).stream()
        .filter(gateway -> !judged.contains(gateway.getNamespace() + "/" + gateway.getName()))
        .forEach(made::add);
    return made.frontends;
  }

  /** Gateways that a policy is attached to. */
  private static Set<String> judged(MeshView mesh) {
    Set<String> gateways = new HashSet<>();
    DatapathStates.all(mesh, BodyCase.AUTHORIZATION, Resource::getAuthorization).stream()
        .flatMap(rules -> rules.getTargetsList().stream())
        .filter(AuthorizationRules.Target::hasGateway)
        .forEach(
            target ->
                gateways.add(
                    target.getGateway().getNamespace() + "/" + target.getGateway().getName()));
    return gateways;
  }

  private void add(Gateway gateway) {
    for (Gateway.Listener listener : gateway.getListenersList()) {
      if (listener.getProtocol() == Gateway.Protocol.PROTOCOL_UDP) {
        List<Backend> backends = route(gateway, listener).map(this::backends).orElse(List.of());
        for (ByteString address : gateway.getAddressesList()) {
          frontends.put(
              new ServicePort(DatapathStates.address(address), listener.getPort(), Protocol.UDP),
              new ServiceTarget(false, false, backends));
        }
      }
    }
  }

  /** Of several on one listener the oldest takes everything. */
  private Optional<L4Route> route(Gateway gateway, Gateway.Listener listener) {
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

  private List<Backend> backends(L4Route route) {
    Map<Backend, Long> weights = new HashMap<>();
    for (dev.weft.api.v1.Backend share : route.getBackendsList()) {
      List<Backend> behind = share.hasService() ? serving(share.getService()) : List.of();
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

  private List<Backend> serving(BackendService service) {
    return endpoints
        .getOrDefault(
            service.getNamespace() + "/" + service.getName(), Endpoints.getDefaultInstance())
        .getEndpointsList()
        .stream()
        .filter(
            endpoint ->
                endpoint.getServing()
                    && endpoint.getUdp()
                    && endpoint.getServicePort() == service.getPort())
        .map(endpoint -> backend(endpoint.getAddress(), endpoint.getPort()))
        .distinct()
        .toList();
  }

  private static Backend backend(ByteString address, int port) {
    Ipv4 parsed = DatapathStates.address(address);
    return new Backend(parsed, port);
  }
}
