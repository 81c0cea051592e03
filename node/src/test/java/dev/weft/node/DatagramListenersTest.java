package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.Resource;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.Ipv4;
import dev.weft.routing.MeshView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DatagramListenersTest {
  private static final ServicePort FRONT =
      new ServicePort(Ipv4.parse("10.77.1.1"), 53, Protocol.UDP);

  private static ByteString bytes(String address) {
    return ByteString.copyFrom(Ipv4.parse(address).toBytes());
  }

  private static Resource gateway() {
    Gateway.Listener.Builder udp =
        Gateway.Listener.newBuilder()
            .setName("dns")
            .setProtocol(Gateway.Protocol.PROTOCOL_UDP)
            .setPort(53);
    return Resource.newBuilder()
        .setName("gateway/shop/front")
        .setGateway(
            Gateway.newBuilder()
                .setNamespace("shop")
                .setName("front")
                .addAddresses(bytes("10.77.1.1"))
                .addListeners(udp)
                .addListeners(
                    udp.clone().setName("tcp").setProtocol(Gateway.Protocol.PROTOCOL_TCP)))
        .build();
  }

  private static Resource route(String name, long created, Backend... backends) {
    return Resource.newBuilder()
        .setName("udproute/shop/" + name)
        .setL4Route(
            L4Route.newBuilder()
                .setKind(L4Route.Kind.KIND_UDP)
                .setNamespace("shop")
                .setName(name)
                .setCreatedAtMs(created)
                .addAttachments(
                    Attachment.newBuilder()
                        .setListener(
                            Attachment.GatewayListener.newBuilder()
                                .setNamespace("shop")
                                .setGateway("front")
                                .setListener("dns")))
                .addAllBackends(List.of(backends)))
        .build();
  }

  private static Backend to(String service, int weight) {
    return Backend.newBuilder()
        .setWeight(weight)
        .setService(
            Backend.BackendService.newBuilder().setNamespace("shop").setName(service).setPort(53))
        .build();
  }

  private static Endpoints endpoints(String... addresses) {
    Endpoints.Builder made = Endpoints.newBuilder();
    for (String address : addresses) {
      Endpoints.Endpoint.Builder endpoint =
          Endpoints.Endpoint.newBuilder()
              .setAddress(bytes(address))
              .setServicePort(53)
              .setPort(5353)
              .setUdp(true)
              .setServing(true);
      made.addEndpoints(endpoint).addEndpoints(endpoint.clone().setUdp(false).setPort(9));
      made.addEndpoints(endpoint.clone().setServing(false).setPort(10));
    }
    return made.build();
  }

  private static Map<ServicePort, ServiceTarget> of(Resource... routes) {
    List<Resource> resources = new ArrayList<>(List.of(routes));
    resources.add(gateway());
    MeshView mesh = MeshView.empty().with(resources, List.of());
    return DatagramListeners.of(
        mesh,
        Map.of("shop/a", endpoints("10.244.1.2", "10.244.1.3"), "shop/b", endpoints("10.244.2.2")),
        PolicyTargets.of(mesh));
  }

  private static List<DatapathState.Backend> backends(Resource... routes) {
    return Objects.requireNonNull(of(routes).get(FRONT)).backends();
  }

  private static DatapathState.Backend backend(String address, int weight) {
    return new DatapathState.Backend(Ipv4.parse(address), 5353, weight);
  }

  @Test
  void sharesWeightsAmongEndpoints() {
    assertThat(backends(route("r", 1, to("a", 9), to("b", 1))))
        .containsExactlyInAnyOrder(
            backend("10.244.1.2", 4500), backend("10.244.1.3", 4500), backend("10.244.2.2", 1000));
  }

  @Test
  void givesTheShareOfABadBackendToNobody() {
    Backend invalid = Backend.newBuilder().setWeight(3).setInvalid("no such Service").build();
    assertThat(backends(route("r", 1, to("b", 1), invalid, to("gone", 2), to("a", 0))))
        .containsExactlyInAnyOrder(
            backend("10.244.2.2", 1000), DatapathState.Backend.nowhere(5000));
  }

  @Test
  void obeysTheOldestRouteOnly() {
    assertThat(backends(route("young", 2, to("a", 1)), route("old", 1, to("b", 1))))
        .containsExactly(backend("10.244.2.2", 1000));
  }

  @Test
  void leavesGatewaysWithAPolicyToTheProxy() {
    AuthorizationRules.Target target =
        AuthorizationRules.Target.newBuilder()
            .setGateway(
                AuthorizationRules.Target.Ref.newBuilder().setNamespace("shop").setName("front"))
            .build();
    Resource policy =
        Resource.newBuilder()
            .setName("authorization/shop/p")
            .setAuthorization(
                AuthorizationRules.newBuilder().setNamespace("shop").addTargets(target))
            .build();
    assertThat(of(route("r", 1, to("a", 1)), policy)).isEmpty();
  }

  @Test
  void refusesWhatNoRouteTakes() {
    assertThat(of()).containsOnlyKeys(FRONT);
    assertThat(backends()).isEmpty();
  }

  @Test
  void theLargestWeightsKeepTheirRatio() {
    List<DatapathState.Backend> backends =
        backends(route("r", 1, to("a", 1_000_000), to("b", 1_000_000), to("gone", 1_000_000)));

    assertThat(backends).allSatisfy(each -> assertThat(each.weight()).isPositive());
    assertThat(backends.stream().mapToLong(DatapathState.Backend::weight).sum())
        .isLessThan(Integer.MAX_VALUE);
    int b = weightOf(backends, "10.244.2.2");
    assertThat(weightOf(backends, "10.244.1.2")).isCloseTo(b / 2, within(1));
  }

  private static int weightOf(List<DatapathState.Backend> backends, String address) {
    return backends.stream()
        .filter(each -> each.address().equals(Ipv4.parse(address)))
        .findFirst()
        .orElseThrow()
        .weight();
  }
}
