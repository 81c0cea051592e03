package dev.weft.node;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Tracing;
import dev.weft.routing.Endpoint;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import dev.weft.routing.ServiceKey;
import dev.weft.routing.ServicePort;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the receivers are that Gateways' tracing names (XTelemetryPolicy). Pure. */
final class TraceReceivers {
  private TraceReceivers() {}

  /** {@code address:port} of each receiver with a serving endpoint. */
  static Map<Tracing, String> of(MeshView mesh, ProxyTables tables, String node) {
    Map<Tracing, String> found = new HashMap<>();
    mesh.forEach(
        BodyCase.GATEWAY,
        resource -> {
          Tracing tracing = resource.getGateway().getTracing();
          if (tracing.hasReceiver()) {
            Endpoint endpoint = endpoint(tables, tracing.getReceiver(), node);
            if (endpoint != null) {
              found.put(tracing, endpoint.toString());
            }
          }
        });
    return found;
  }

  /** One of this node if there is one: the way there is short, and needs no tunnel. */
  private static @Nullable Endpoint endpoint(
      ProxyTables tables, Backend.BackendService service, String node) {
    ServicePort port =
        tables.service(
            new ServiceKey(service.getNamespace(), service.getName(), service.getPort()));
    if (port == null || port.endpoints().isEmpty()) {
      return null;
    }
    for (Endpoint endpoint : port.endpoints().list()) {
      if (endpoint.workload() != null && endpoint.workload().node().equals(node)) {
        return endpoint;
      }
    }
    return port.endpoints().get(0);
  }
}
