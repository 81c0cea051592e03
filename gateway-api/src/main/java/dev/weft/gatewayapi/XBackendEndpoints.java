package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.Pod;
import dev.weft.resources.Protocol;
import dev.weft.resources.XBackend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one XBackend: the Pods themselves are looked at, so nobody has to keep a Service
 * for EndpointSlices alone. Which of them serve goes by the rules for Services.
 */
record XBackendEndpoints(Resource resource) {

  /** Looks for the Pods of one XBackend. */
  record Of(String namespace, String name) implements Derivation.Query<XBackendEndpoints> {
    @Override
    public XBackendEndpoints compute(Derivation.Reader reader) {
      XBackend backend = reader.object(XBackend.class, namespace, name);
      XBackend.EndpointSelector selector =
          backend == null ? null : backend.spec().endpointSelector();
      String service = XBackendTranslation.serviceName(name);
      Endpoints.Builder made = Endpoints.newBuilder().setNamespace(namespace).setService(service);
      if (backend != null && selector != null) {
        int port = backend.spec().port().number();
        for (Protocol transport : XBackendTranslation.transports(backend.spec())) {
          List<EndpointsTranslation.Candidate> found = new ArrayList<>();
          for (Pod pod : reader.inNamespace(Pod.class, namespace)) {
            EndpointsTranslation.Candidate candidate =
                selector.selects(pod) ? candidate(pod, port, transport) : null;
            if (candidate != null) {
              found.add(candidate);
            }
          }
          made.addAllEndpoints(EndpointsTranslation.settled(found));
        }
      }
      return new XBackendEndpoints(
          Resource.newBuilder()
              .setName("endpoints/" + namespace + "/" + service)
              .setEndpoints(made)
              .build());
    }
  }

  /** Null for a Pod without an address, or that gives it back. */
  private static EndpointsTranslation.@Nullable Candidate candidate(
      Pod pod, int port, Protocol transport) {
    byte[] address = Cidr.ipv4(pod.status().podIP());
    if (address == null || pod.finished()) {
      return null;
    }
    boolean terminating = pod.metadata().deletionTimestamp() != null;
    Endpoints.Endpoint made =
        Endpoints.Endpoint.newBuilder()
            .setWorkload(
                pod.spec().hostNetwork()
                    ? ""
                    : pod.metadata().namespace() + "/" + pod.metadata().name())
            .setAddress(ByteString.copyFrom(address))
            .setServicePort(port)
            .setPort(port)
            .setUdp(transport == Protocol.UDP)
            .build();
    return new EndpointsTranslation.Candidate(
        made, pod.ready() && !terminating, pod.ready() && terminating);
  }
}
