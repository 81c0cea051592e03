package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.BackendTls;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.ExternalAuth;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.DatapathState.ServiceTarget;
import dev.weft.datapath.Ipv4;
import dev.weft.routing.MeshView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StreamListenersTest {
  private static final ServicePort FRONT =
      new ServicePort(Ipv4.parse("10.77.1.1"), 9000, Protocol.TCP);
  private static final String A = "10.244.1.2";
  private static final String B = "10.244.2.2";

  /** What a case changes of a mesh whose one listener the programs serve. */
  static final class Mesh {
    final Gateway.Listener.Builder listener =
        Gateway.Listener.newBuilder()
            .setName("tcp")
            .setProtocol(Gateway.Protocol.PROTOCOL_TCP)
            .setPort(9000);
    final Gateway.Builder gateway =
        Gateway.newBuilder().setNamespace("shop").setName("front").addAddresses(bytes("10.77.1.1"));
    final L4Route.Builder route = route("r", 2, to("a", 9), to("b", 1));
    final Service.Builder service = service("b");
    final Workload.Builder pod = pod("b-0", B, 301);
    final Endpoints.Builder endpoints = endpoints("b", endpoint("shop/b-0", B));
    final List<Resource.Builder> more = new ArrayList<>();

    Map<ServicePort, ServiceTarget> frontends() {
      List<Resource> resources = new ArrayList<>();
      gateway.addListeners(listener);
      more.add(Resource.newBuilder().setGateway(gateway));
      more.add(Resource.newBuilder().setL4Route(route));
      more.add(Resource.newBuilder().setName("service/shop/a").setService(service("a")));
      more.add(Resource.newBuilder().setName("service/shop/b").setService(service));
      more.add(Resource.newBuilder().setName("workload/shop/a-0").setWorkload(pod("a-0", A, 300)));
      more.add(Resource.newBuilder().setName("workload/shop/b-0").setWorkload(pod));
      int number = 0;
      for (Resource.Builder resource : more) {
        String kind = resource.getBodyCase().toString();
        String name = resource.getName().isEmpty() ? kind + "/" + number++ : resource.getName();
        resources.add(resource.setName(name).build());
      }
      MeshView view = MeshView.empty().with(resources, List.of());
      return StreamListeners.of(
          view,
          Map.of(
              "shop/a", endpoints("a", endpoint("shop/a-0", A)).build(),
              "shop/b", endpoints.build()),
          PolicyTargets.of(view));
    }

    void policy(AuthorizationRules.Builder rules) {
      more.add(Resource.newBuilder().setAuthorization(rules.setNamespace("shop")));
    }
  }

  private static ByteString bytes(String address) {
    return ByteString.copyFrom(Ipv4.parse(address).toBytes());
  }

  private static L4Route.Builder route(String name, long created, Backend... backends) {
    return L4Route.newBuilder()
        .setKind(L4Route.Kind.KIND_TCP)
        .setNamespace("shop")
        .setName(name)
        .setCreatedAtMs(created)
        .addAttachments(
            Attachment.newBuilder()
                .setListener(
                    Attachment.GatewayListener.newBuilder()
                        .setNamespace("shop")
                        .setGateway("front")
                        .setListener("tcp")))
        .addAllBackends(List.of(backends));
  }

  private static Backend to(String service, int weight) {
    return Backend.newBuilder()
        .setWeight(weight)
        .setService(
            Backend.BackendService.newBuilder().setNamespace("shop").setName(service).setPort(80))
        .build();
  }

  private static Service.Builder service(String name) {
    return Service.newBuilder()
        .setNamespace("shop")
        .setName(name)
        .addPorts(Service.Port.newBuilder().setPort(80));
  }

  private static Workload.Builder pod(String name, String address, int identity) {
    return Workload.newBuilder()
        .setNamespace("shop")
        .setName(name)
        .setAddress(bytes(address))
        .setIdentity(identity)
        .setMtls(MtlsMode.MTLS_MODE_PERMISSIVE);
  }

  private static Endpoints.Builder endpoints(String service, Endpoints.Endpoint.Builder only) {
    return Endpoints.newBuilder().setNamespace("shop").setService(service).addEndpoints(only);
  }

  private static Endpoints.Endpoint.Builder endpoint(String workload, String address) {
    return Endpoints.Endpoint.newBuilder()
        .setWorkload(workload)
        .setAddress(bytes(address))
        .setServicePort(80)
        .setPort(8080)
        .setServing(true);
  }

  private static DatapathState.Backend backend(String address, int weight) {
    return new DatapathState.Backend(Ipv4.parse(address), 8080, weight);
  }

  private static AuthorizationRules.Builder policyOf(AuthorizationRules.Target.Builder target) {
    return AuthorizationRules.newBuilder()
        .setDryRun(true)
        .setAction(AuthorizationRules.Action.ACTION_AUDIT)
        .addTargets(target);
  }

  private static AuthorizationRules.Target.Ref ref(String name) {
    return AuthorizationRules.Target.Ref.newBuilder().setNamespace("shop").setName(name).build();
  }

  @Test
  void sharesConnectionsByWeight() {
    Map<ServicePort, ServiceTarget> frontends = new Mesh().frontends();
    assertThat(frontends).containsOnlyKeys(FRONT);
    ServiceTarget target = frontends.values().iterator().next();
    assertThat(target.uplinkOnly()).isTrue();
    assertThat(target.backends()).containsExactlyInAnyOrder(backend(A, 9000), backend(B, 1000));
  }

  static Stream<Arguments> forwarded() {
    return Stream.of(
        of("a service outside of the mesh", m -> m.pod.setMtls(MtlsMode.MTLS_MODE_DISABLED)),
        of("an unused backend that is invalid", m -> m.route.addBackends(invalid(0))),
        of("a younger route", m -> add(m, route("younger", 3, to("gone", 1)))),
        of("a UDP listener of the same port", m -> m.gateway.addListeners(udp(m))),
        of("a listener of another port", m -> m.gateway.addListeners(other(m).setPort(9001))),
        of("an endpoint that no longer serves", m -> m.endpoints.addEndpoints(silent())),
        of("policies elsewhere", m -> m.policy(policyOf(target().setService(ref("c"))))),
        of("rules for others", m -> isolate(m, 302)));
  }

  static Stream<Arguments> theProxys() {
    return Stream.of(
        of("no route", m -> m.route.clearAttachments()),
        of("another protocol", m -> m.listener.setProtocol(Gateway.Protocol.PROTOCOL_TLS)),
        of("passed on TLS", m -> m.listener.setProtocol(passthrough())),
        of("HTTP", m -> m.listener.setProtocol(Gateway.Protocol.PROTOCOL_HTTP)),
        of("a certificate", m -> m.listener.addCertificates("c")),
        of("clients' certificates", m -> m.listener.addClientRoots(ByteString.EMPTY)),
        of("somebody to ask", m -> m.listener.addAuths(ExternalAuth.getDefaultInstance())),
        of("a host name", m -> m.listener.setHostname("example.com")),
        of("two listeners of a port", m -> m.gateway.addListeners(other(m))),
        of("a certificate for backends", m -> m.gateway.setBackendCertificate("c")),
        of("two Gateways of an address", m -> add(m, m.gateway.clone().setName("other"))),
        of("a policy of the Gateway", m -> m.policy(policyOf(target().setGateway(ref("front"))))),
        of("a policy of a service", m -> m.policy(policyOf(target().setService(ref("b"))))),
        of("a policy of pods", m -> m.policy(policyOf(pods(301)))),
        of("a policy of a namespace", m -> m.policy(AuthorizationRules.newBuilder())),
        of("an older route of another kind", m -> add(m, tls(route("older", 1, to("a", 1))))),
        of("an older route without backends", m -> add(m, route("older", 1))),
        of("no weight", m -> m.route.clearBackends().addBackends(to("a", 0))),
        of("an invalid backend", m -> m.route.addBackends(invalid(1))),
        of("a filter", m -> m.route.addBackends(filtered())),
        of("a service that is not there", m -> m.service.clearPorts()),
        of("a port for datagrams", m -> m.service.getPortsBuilder(0).setUdp(true)),
        of("client affinity", m -> m.service.setClientIpAffinity(true)),
        of("TLS with the backend", m -> add(m, BackendTls.newBuilder(), "b")),
        of("nobody who serves", m -> m.endpoints.clearEndpoints()),
        of("an endpoint that is no pod", m -> m.endpoints.getEndpointsBuilder(0).clearWorkload()),
        of("a pod that is not known", m -> m.endpoints.getEndpointsBuilder(0).setWorkload("x/y")),
        of("a pod with another address", m -> m.pod.setAddress(bytes("10.244.2.9"))),
        of("a strict pod", m -> m.pod.setMtls(MtlsMode.MTLS_MODE_STRICT)),
        of("a pod of a mode to come", m -> m.pod.setMtlsValue(99)),
        of("an isolated pod", m -> isolate(m, 301)));
  }

  private static Arguments of(String name, Consumer<Mesh> change) {
    return Arguments.argumentSet(name, change);
  }

  private static AuthorizationRules.Target.Builder target() {
    return AuthorizationRules.Target.newBuilder();
  }

  private static AuthorizationRules.Target.Builder pods(int number) {
    return target()
        .setWorkloads(AuthorizationRules.Target.Identities.newBuilder().addNumbers(number));
  }

  private static Gateway.Protocol passthrough() {
    return Gateway.Protocol.PROTOCOL_TLS_PASSTHROUGH;
  }

  private static Gateway.Listener.Builder other(Mesh mesh) {
    return mesh.listener.clone().setName("other");
  }

  private static Gateway.Listener.Builder udp(Mesh mesh) {
    return other(mesh).setProtocol(Gateway.Protocol.PROTOCOL_UDP);
  }

  private static L4Route.Builder tls(L4Route.Builder route) {
    return route.setKind(L4Route.Kind.KIND_TLS);
  }

  private static Backend invalid(int weight) {
    return Backend.newBuilder().setWeight(weight).setInvalid("no such Service").build();
  }

  private static Backend filtered() {
    return to("a", 1).toBuilder().addFilters(HttpFilter.getDefaultInstance()).build();
  }

  private static Endpoints.Endpoint.Builder silent() {
    return endpoint("shop/b-1", "10.244.2.3").setServing(false);
  }

  private static void add(Mesh mesh, L4Route.Builder route) {
    mesh.more.add(Resource.newBuilder().setL4Route(route));
  }

  private static void add(Mesh mesh, Gateway.Builder gateway) {
    mesh.more.add(Resource.newBuilder().setGateway(gateway));
  }

  private static void add(Mesh mesh, BackendTls.Builder tls, String service) {
    mesh.more.add(
        Resource.newBuilder().setBackendTls(tls.setNamespace("shop").setService(service)));
  }

  private static void isolate(Mesh mesh, int identity) {
    mesh.more.add(
        Resource.newBuilder()
            .setNetworkRules(
                NetworkRules.newBuilder().setIdentity(identity).setIngressIsolated(true)));
  }

  @ParameterizedTest
  @MethodSource
  void forwarded(Consumer<Mesh> change) {
    Mesh mesh = new Mesh();
    change.accept(mesh);
    assertThat(mesh.frontends()).containsKey(FRONT);
  }

  @ParameterizedTest
  @MethodSource
  void theProxys(Consumer<Mesh> change) {
    Mesh mesh = new Mesh();
    change.accept(mesh);
    assertThat(mesh.frontends()).doesNotContainKey(FRONT);
  }
}
