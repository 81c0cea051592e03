package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.BackendTls;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.routing.MeshView;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gateways' TCP listeners that need no more than addresses and ports: the programs serve what
 * reaches them through the uplink. In doubt a listener is the proxy's, as it is for everything that
 * has to be asked, read, encrypted or answered. Pure.
 */
final class StreamListeners {
  private final MeshView mesh;
  private final PolicyTargets policies;
  private final L4Shares shares;
  private final Set<String> encrypted = new HashSet<>();
  private final Set<Integer> isolated = new HashSet<>();
  private final Map<ByteString, Integer> owners = new HashMap<>();
  private final Map<ServicePort, ServiceTarget> frontends = new HashMap<>();

  private StreamListeners(MeshView mesh, Map<String, Endpoints> endpoints, PolicyTargets policies) {
    this.mesh = mesh;
    this.policies = policies;
    shares = L4Shares.of(mesh, endpoints, false);
    for (BackendTls tls : DatapathStates.all(mesh, BodyCase.BACKEND_TLS, Resource::getBackendTls)) {
      encrypted.add(tls.getNamespace() + "/" + tls.getService());
    }
    DatapathStates.all(mesh, BodyCase.NETWORK_RULES, Resource::getNetworkRules).stream()
        .filter(NetworkRules::getIngressIsolated)
        .forEach(rules -> isolated.add(rules.getIdentity()));
  }

  /**
   * Where each goes.
   *
   * @param endpoints by "namespace/service"
   */
  static Map<ServicePort, ServiceTarget> of(
      MeshView mesh, Map<String, Endpoints> endpoints, PolicyTargets policies) {
    StreamListeners made = new StreamListeners(mesh, endpoints, policies);
    List<Gateway> gateways = DatapathStates.all(mesh, BodyCase.GATEWAY, Resource::getGateway);
    gateways.forEach(
        gateway ->
            gateway
                .getAddressesList()
                .forEach(address -> made.owners.merge(address, 1, Integer::sum)));
    gateways.forEach(made::add);
    return made.frontends;
  }

  private void add(Gateway gateway) {
    // What is shown to backends belongs to TLS that the proxy speaks with them.
    if (policies.gateways().contains(gateway.getNamespace() + "/" + gateway.getName())
        || !gateway.getBackendCertificate().isEmpty()) {
      return;
    }
    for (Gateway.Listener listener : gateway.getListenersList()) {
      if (isPlain(listener) && isAlone(gateway, listener)) {
        shares
            .route(gateway, listener)
            .filter(this::isForwarded)
            .ifPresent(route -> add(gateway, listener, route));
      }
    }
  }

  private void add(Gateway gateway, Gateway.Listener listener, L4Route route) {
    ServiceTarget target = ServiceTarget.ofUplink(shares.backends(route));
    for (ByteString address : gateway.getAddressesList()) {
      if (owners.getOrDefault(address, 0) == 1) {
        frontends.put(
            new ServicePort(DatapathStates.address(address), listener.getPort(), Protocol.TCP),
            target);
      }
    }
  }

  private static boolean isPlain(Gateway.Listener listener) {
    return listener.getProtocol() == Gateway.Protocol.PROTOCOL_TCP
        && listener.getHostname().isEmpty()
        && listener.getCertificatesCount() == 0
        && listener.getClientRootsCount() == 0
        && listener.getAuthsCount() == 0;
  }

  /** Whether nobody has to find out which of a port's listeners is meant. */
  private static boolean isAlone(Gateway gateway, Gateway.Listener listener) {
    return gateway.getListenersList().stream()
            .filter(other -> other.getPort() == listener.getPort())
            .filter(other -> other.getProtocol() != Gateway.Protocol.PROTOCOL_UDP)
            .count()
        == 1;
  }

  /** A share without an endpoint, too, is refused by the proxy, which says why. */
  private boolean isForwarded(L4Route route) {
    List<dev.weft.api.v1.Backend> used =
        route.getBackendsList().stream().filter(backend -> backend.getWeight() != 0).toList();
    return route.getKind() == L4Route.Kind.KIND_TCP
        && !used.isEmpty()
        && used.stream().allMatch(this::isForwarded);
  }

  private boolean isForwarded(dev.weft.api.v1.Backend backend) {
    if (!backend.hasService() || backend.getFiltersCount() > 0) {
      return false;
    }
    dev.weft.api.v1.Backend.BackendService to = backend.getService();
    String name = to.getNamespace() + "/" + to.getName();
    List<Endpoints.Endpoint> serving = shares.serving(to);
    return !encrypted.contains(name)
        && !policies.services().contains(name)
        && isSpread(name, to.getPort())
        && !serving.isEmpty()
        && serving.stream().allMatch(this::isForwarded);
  }

  /** Whether there is such a port, and each connection to it is picked an endpoint of its own. */
  private boolean isSpread(String name, int port) {
    Resource resource = mesh.get("service/" + name);
    Service service = resource == null ? Service.getDefaultInstance() : resource.getService();
    return !service.getClientIpAffinity()
        && service.getPortsList().stream()
            .anyMatch(known -> known.getPort() == port && !known.getUdp());
  }

  /** Whether an endpoint is a pod that takes plaintext from anybody, unread. */
  private boolean isForwarded(Endpoints.Endpoint endpoint) {
    Resource resource = mesh.get("workload/" + endpoint.getWorkload());
    if (endpoint.getWorkload().isEmpty() || resource == null) {
      return false;
    }
    Workload pod = resource.getWorkload();
    return pod.getAddress().equals(endpoint.getAddress())
        && takesPlaintext(pod.getMtls())
        && !policies.inspects(pod)
        // Its rules know a Gateway's traffic by the proxy's identity.
        && !isolated.contains(pod.getIdentity());
  }

  private static boolean takesPlaintext(MtlsMode mode) {
    return switch (mode) {
      case MTLS_MODE_DISABLED, MTLS_MODE_PERMISSIVE -> true;
      case MTLS_MODE_STRICT, MTLS_MODE_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }
}
