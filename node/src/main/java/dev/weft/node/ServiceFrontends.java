package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Service;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.Ipv4;
import dev.weft.routing.MeshView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The addresses and ports at which a node's programs choose a backend. Pure. */
final class ServiceFrontends {
  private final MeshView mesh;
  private final String node;
  private final @Nullable Ipv4 nodeAddress;
  private final Map<String, Endpoints> endpoints = new HashMap<>();
  private final PolicyTargets policies;
  private final Map<ServicePort, ServiceTarget> frontends = new HashMap<>();

  private ServiceFrontends(MeshView mesh, String node, PolicyTargets policies) {
    this.policies = policies;
    this.mesh = mesh;
    this.node = node;
    Resource own = mesh.get("node/" + node);
    nodeAddress =
        own == null || own.getNode().getAddress().isEmpty()
            ? null
            : DatapathStates.address(own.getNode().getAddress());
    DatapathStates.all(mesh, BodyCase.ENDPOINTS, Resource::getEndpoints)
        .forEach(e -> endpoints.put(e.getNamespace() + "/" + e.getService(), e));
  }

  /** Services' addresses, their ports of the node, and Gateways' listeners that nobody reads. */
  static Map<ServicePort, ServiceTarget> of(MeshView mesh, String node, PolicyTargets policies) {
    ServiceFrontends made = new ServiceFrontends(mesh, node, policies);
    DatapathStates.all(mesh, BodyCase.SERVICE, Resource::getService).forEach(made::add);
    made.frontends.putAll(DatagramListeners.of(mesh, made.endpoints, policies));
    made.frontends.putAll(StreamListeners.of(mesh, made.endpoints, policies));
    return made.frontends;
  }

  private void add(Service service) {
    String name = service.getNamespace() + "/" + service.getName();
    Endpoints behind = endpoints.getOrDefault(name, Endpoints.getDefaultInstance());
    boolean guard = policies.guarded().contains(name);
    for (Service.Port port : service.getPortsList()) {
      Protocol protocol = port.getUdp() ? Protocol.UDP : Protocol.TCP;
      ServiceTarget inside =
          new ServiceTarget(
              port.getL7() && !port.getUdp(),
              guard,
              service.getClientIpAffinity(),
              backends(behind, port, service.getInternalLocal()));
      for (ByteString address : service.getAddressesList()) {
        frontends.put(
            new ServicePort(DatapathStates.address(address), port.getPort(), protocol), inside);
      }
      if (port.getNodePort() != 0 && nodeAddress != null) {
        // The proxy knows no node ports: where a policy wants it asked, it refuses.
        frontends.put(
            new ServicePort(nodeAddress, port.getNodePort(), protocol),
            new ServiceTarget(
                guard && !port.getUdp(),
                guard,
                service.getClientIpAffinity(),
                backends(behind, port, service.getExternalLocal())));
      }
    }
  }

  private List<Backend> backends(Endpoints endpoints, Service.Port port, boolean localOnly) {
    List<Backend> backends = new ArrayList<>();
    for (Endpoints.Endpoint endpoint : endpoints.getEndpointsList()) {
      if (endpoint.getServing()
          && endpoint.getServicePort() == port.getPort()
          && endpoint.getUdp() == port.getUdp()
          && (!localOnly || isLocal(endpoint))) {
        backends.add(
            new Backend(DatapathStates.address(endpoint.getAddress()), endpoint.getPort()));
      }
    }
    return backends;
  }

  private boolean isLocal(Endpoints.Endpoint endpoint) {
    Resource pod = mesh.get("workload/" + endpoint.getWorkload());
    return pod == null
        ? DatapathStates.address(endpoint.getAddress()).equals(nodeAddress)
        : pod.getWorkload().getNode().equals(node);
  }
}
