package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.EndpointSlice;
import dev.weft.resources.IntOrString;
import dev.weft.resources.Pod;
import dev.weft.resources.Protocol;
import dev.weft.resources.Service;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The endpoints of one Service, from its EndpointSlices. */
record EndpointsTranslation(Resource resource) {

  /** Translates the endpoints of one Service. */
  record Of(String namespace, String name) implements Derivation.Query<EndpointsTranslation> {
    @Override
    public EndpointsTranslation compute(Derivation.Reader reader) {
      Service service = reader.object(Service.class, namespace, name);
      Endpoints.Builder made = Endpoints.newBuilder().setNamespace(namespace).setService(name);
      if (service != null) {
        List<EndpointSlice> slices =
            reader.inNamespace(EndpointSlice.class, namespace).stream()
                .filter(
                    slice -> slice.serviceName().equals(name) && slice.addressType().equals("IPv4"))
                .toList();
        for (Service.Port port : service.spec().ports()) {
          made.addAllEndpoints(ofPort(reader, service, port, slices));
        }
      }
      return new EndpointsTranslation(
          Resource.newBuilder()
              .setName("endpoints/" + namespace + "/" + name)
              .setEndpoints(made)
              .build());
    }
  }

  /**
   * One address behind one port, and in which state it is.
   *
   * @param lingers whether it still serves while it terminates
   */
  record Candidate(Endpoints.Endpoint endpoint, boolean ready, boolean lingers) {}

  private static List<Endpoints.Endpoint> ofPort(
      Derivation.Reader reader, Service service, Service.Port port, List<EndpointSlice> slices) {
    List<Candidate> found = new ArrayList<>();
    Set<List<Object>> seen = new HashSet<>();
    for (EndpointSlice slice : slices) {
      Integer number = portNumber(slice, port);
      if (number != null) {
        for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
          Candidate candidate = candidate(reader, service, port, number, endpoint);
          // While a slice is split, an endpoint may stand in both halves for a moment.
          if (candidate != null && seen.add(List.of(candidate.endpoint.getAddress(), number))) {
            found.add(candidate);
          }
        }
      }
    }
    return settled(found);
  }

  /** With no ready endpoint left, those that still serve while they terminate do (KEP-1669). */
  static List<Endpoints.Endpoint> settled(List<Candidate> found) {
    boolean anyReady = found.stream().anyMatch(Candidate::ready);
    return found.stream()
        .map(
            candidate ->
                candidate.endpoint.toBuilder()
                    .setServing(candidate.ready || (!anyReady && candidate.lingers))
                    .build())
        .sorted(
            Comparator.comparing(
                Endpoints.Endpoint::getAddress, ByteString.unsignedLexicographicalComparator()))
        .toList();
  }

  private static @Nullable Candidate candidate(
      Derivation.Reader reader,
      Service service,
      Service.Port port,
      int number,
      EndpointSlice.Endpoint endpoint) {
    byte[] address = Cidr.ipv4(endpoint.addresses().getFirst());
    if (address == null) {
      return null;
    }
    EndpointSlice.Conditions conditions = endpoint.conditions();
    Endpoints.Endpoint made =
        Endpoints.Endpoint.newBuilder()
            .setWorkload(workload(reader, service, endpoint))
            .setAddress(ByteString.copyFrom(address))
            .setServicePort(port.port())
            .setPort(number)
            .setUdp(port.protocol() == Protocol.UDP)
            .build();
    boolean ready =
        (conditions.ready() && !conditions.terminating())
            || service.spec().publishNotReadyAddresses();
    return new Candidate(made, ready, conditions.serves() && conditions.terminating());
  }

  private static String workload(
      Derivation.Reader reader, Service service, EndpointSlice.Endpoint endpoint) {
    EndpointSlice.TargetRef target = endpoint.targetRef();
    if (target == null || !target.kind().equals("Pod") || target.name().isEmpty()) {
      return "";
    }
    String namespace =
        target.namespace().isEmpty() ? service.metadata().namespace() : target.namespace();
    Pod pod = reader.object(Pod.class, namespace, target.name());
    return pod == null || pod.spec().hostNetwork() ? "" : namespace + "/" + target.name();
  }

  /** The number that a slice has for a Service's port; null when it has none. */
  private static @Nullable Integer portNumber(EndpointSlice slice, Service.Port port) {
    for (EndpointSlice.Port candidate : slice.ports()) {
      if (candidate.name().equals(port.name()) && candidate.protocol() == port.protocol()) {
        Integer number = candidate.port();
        return number == null ? numericTarget(port) : number;
      }
    }
    return null;
  }

  /** The number that a Service's port has on Pods; 0 when it is named. */
  static int numericTarget(Service.Port port) {
    return switch (port.targetPort()) {
      case null -> port.port();
      case IntOrString.PortNumber(int number) -> number;
      case IntOrString.PortName name -> 0;
    };
  }
}
