package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.Tracing;
import dev.weft.api.v1.Workload;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TraceReceiversTest {
  private static final Tracing ORDER =
      Tracing.newBuilder()
          .setReceiver(
              Backend.BackendService.newBuilder()
                  .setNamespace("obs")
                  .setName("collector")
                  .setPort(4317))
          .build();

  private static ByteString address(int last) {
    return ByteString.copyFrom(new byte[] {10, (byte) 244, 1, (byte) last});
  }

  private static Resource gateway(Tracing tracing) {
    return Resource.newBuilder()
        .setName("gateway/shop/edge")
        .setGateway(Gateway.newBuilder().setNamespace("shop").setName("edge").setTracing(tracing))
        .build();
  }

  private static Map<Tracing, String> receivers(Resource... resources) {
    List<Resource> all = new ArrayList<>(List.of(resources));
    MeshView mesh = MeshView.empty().with(all, List.of());
    return TraceReceivers.of(mesh, ProxyTables.compile(mesh), "here");
  }

  private static Resource service() {
    return Resource.newBuilder()
        .setName("service/obs/collector")
        .setService(
            Service.newBuilder()
                .setNamespace("obs")
                .setName("collector")
                .addPorts(Service.Port.newBuilder().setPort(4317)))
        .build();
  }

  private static Resource pod(String name, String node, int last) {
    return Resource.newBuilder()
        .setName("workload/obs/" + name)
        .setWorkload(
            Workload.newBuilder()
                .setNamespace("obs")
                .setName(name)
                .setServiceAccount("sa")
                .setNode(node)
                .setAddress(address(last)))
        .build();
  }

  private static Resource endpoints(boolean serving) {
    Endpoints.Builder endpoints =
        Endpoints.newBuilder().setNamespace("obs").setService("collector");
    for (int last = 1; last <= 2; last++) {
      endpoints.addEndpoints(
          Endpoints.Endpoint.newBuilder()
              .setWorkload("obs/c" + last)
              .setAddress(address(last))
              .setServicePort(4317)
              .setPort(9317)
              .setServing(serving));
    }
    return Resource.newBuilder().setName("endpoints/obs/collector").setEndpoints(endpoints).build();
  }

  @Test
  void prefersAnEndpointOfThisNode() {
    Resource[] all = {
      gateway(ORDER), service(), pod("c1", "there", 1), pod("c2", "here", 2), endpoints(true)
    };
    assertThat(receivers(all)).isEqualTo(Map.of(ORDER, "10.244.1.2:9317"));

    all[3] = pod("c2", "there", 2);
    assertThat(receivers(all)).isEqualTo(Map.of(ORDER, "10.244.1.1:9317"));
  }

  @Test
  void whatIsNotThereIsNotTold() {
    assertThat(receivers(gateway(ORDER))).isEmpty();
    assertThat(receivers(gateway(ORDER), service(), endpoints(false))).isEmpty();
    assertThat(receivers(gateway(Tracing.getDefaultInstance()), service(), endpoints(true)))
        .isEmpty();
  }
}
