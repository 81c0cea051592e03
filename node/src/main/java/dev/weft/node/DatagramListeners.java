package dev.weft.node;

import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.routing.MeshView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gateways' UDP listeners: nothing in them has to be read, so the programs serve them. Those of
 * Gateways with a policy are left to the proxy, which asks it. Pure.
 */
final class DatagramListeners {
  private DatagramListeners() {}

  /**
   * Where each goes.
   *
   * @param endpoints by "namespace/service"
   */
  static Map<ServicePort, ServiceTarget> of(
      MeshView mesh, Map<String, Endpoints> endpoints, PolicyTargets policies) {
    L4Shares shares = L4Shares.of(mesh, endpoints, true);
    Map<ServicePort, ServiceTarget> frontends = new HashMap<>();
    DatapathStates.all(mesh, BodyCase.GATEWAY, Resource::getGateway).stream()
        .filter(
            gateway ->
                !policies.gateways().contains(gateway.getNamespace() + "/" + gateway.getName()))
        .forEach(gateway -> add(gateway, shares, frontends));
    return frontends;
  }

  private static void add(
      Gateway gateway, L4Shares shares, Map<ServicePort, ServiceTarget> frontends) {
    gateway.getListenersList().stream()
        .filter(listener -> listener.getProtocol() == Gateway.Protocol.PROTOCOL_UDP)
        .forEach(
            listener -> {
              List<Backend> backends =
                  shares.route(gateway, listener).map(shares::backends).orElse(List.of());
              gateway
                  .getAddressesList()
                  .forEach(
                      address ->
                          frontends.put(
                              new ServicePort(
                                  DatapathStates.address(address),
                                  listener.getPort(),
                                  Protocol.UDP),
                              new ServiceTarget(false, false, backends)));
            });
  }
}
