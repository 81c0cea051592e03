package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.Protocol;
import dev.weft.resources.Service;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One Service: its addresses, and which of its ports are the proxy's business. */
record ServiceTranslation(Resource resource) {
  private static final String LOCAL = "Local";

  /** Translates one Service. */
  record Of(String namespace, String name) implements Derivation.Query<ServiceTranslation> {
    @Override
    public ServiceTranslation compute(Derivation.Reader reader) {
      Service service = reader.object(Service.class, namespace, name);
      if (service == null) {
        throw new IllegalArgumentException(namespace + "/" + name + " is not in the snapshot");
      }
      dev.weft.api.v1.Service.Builder made =
          dev.weft.api.v1.Service.newBuilder()
              .setNamespace(namespace)
              .setName(name)
              .setClientIpAffinity(service.spec().sessionAffinity().equals("ClientIP"))
              .setInternalLocal(service.spec().internalTrafficPolicy().equals(LOCAL))
              .setExternalLocal(service.spec().externalTrafficPolicy().equals(LOCAL));
      for (String address : addresses(service)) {
        byte[] bytes = Cidr.ipv4(address);
        if (bytes != null) {
          made.addAddresses(ByteString.copyFrom(bytes));
        }
      }
      List<Endpoints.Endpoint> endpoints =
          reader
              .get(new EndpointsTranslation.Of(namespace, name))
              .resource()
              .getEndpoints()
              .getEndpointsList();
      PolicyDemand demand = reader.get(new PolicyDemand.Of(namespace, name));
      for (Service.Port port : service.spec().ports()) {
        if (port.protocol() != Protocol.SCTP) {
          made.addPorts(port(reader, port, endpoints, l7(reader, service, port, demand)));
        }
      }
      return new ServiceTranslation(
          Resource.newBuilder()
              .setName("service/" + namespace + "/" + name)
              .setService(made)
              .build());
    }
  }

  private static Set<String> addresses(Service service) {
    // ClusterIPs begins with clusterIP, but a person may write only one of the two.
    Set<String> addresses = new LinkedHashSet<>();
    addresses.add(service.spec().clusterIP());
    addresses.addAll(service.spec().clusterIPs());
    return addresses;
  }

  private static boolean l7(
      Derivation.Reader reader, Service service, Service.Port port, PolicyDemand demand) {
    if (port.protocol() != Protocol.TCP) {
      return false;
    }
    boolean byRoute =
        AttachedRoutes.on(
            reader, service.metadata().namespace(), service.metadata().name(), port.port());
    boolean byPolicy =
        switch (demand) {
          case EVERYTHING -> true;
          // Where the port does not say what it speaks, the Pods' own proxies find out.
          case HTTP -> AppProtocols.saysHttp(port);
          case NONE -> false;
        };
    boolean bySession = reader.get(new TrafficTranslation.Of(service.ref())).session();
    return byPolicy || ((byRoute || bySession) && AppProtocols.mayBeHttp(port));
  }

  private static dev.weft.api.v1.Service.Port port(
      Derivation.Reader reader, Service.Port port, List<Endpoints.Endpoint> endpoints, boolean l7) {
    boolean udp = port.protocol() == Protocol.UDP;
    List<Endpoints.Endpoint> behind =
        endpoints.stream()
            .filter(each -> each.getServicePort() == port.port() && each.getUdp() == udp)
            .toList();
    AppProtocol protocol = AppProtocols.of(port);
    return dev.weft.api.v1.Service.Port.newBuilder()
        .setName(port.name())
        .setPort(port.port())
        .setUdp(udp)
        .setAppProtocol(protocol)
        .setL7(l7)
        .setStrict(behind.stream().anyMatch(endpoint -> strict(reader, endpoint)))
        .setTargetPort(targetPort(port, behind))
        .setNodePort(port.nodePort())
        .build();
  }

  private static boolean strict(Derivation.Reader reader, Endpoints.Endpoint endpoint) {
    int slash = endpoint.getWorkload().indexOf('/');
    return slash > 0
        && reader.get(new MtlsModes.Of(endpoint.getWorkload().substring(0, slash)))
            == MtlsMode.MTLS_MODE_STRICT;
  }

  /** The one number that the port has on all Pods; 0 when a name means several. */
  private static int targetPort(Service.Port port, List<Endpoints.Endpoint> behind) {
    int numeric = EndpointsTranslation.numericTarget(port);
    if (numeric != 0) {
      return numeric;
    }
    List<Integer> numbers = behind.stream().map(Endpoints.Endpoint::getPort).distinct().toList();
    return numbers.size() == 1 ? numbers.getFirst() : 0;
  }
}
