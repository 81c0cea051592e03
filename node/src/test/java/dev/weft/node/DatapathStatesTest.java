package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.CidrIdentity;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.Node;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.DatapathState.Allow;
import dev.weft.datapath.DatapathState.Backend;
import dev.weft.datapath.DatapathState.Direction;
import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.Peer;
import dev.weft.datapath.DatapathState.Protocol;
import dev.weft.datapath.DatapathState.RemoteNode;
import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import dev.weft.routing.MeshView;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DatapathStatesTest {
  @Test
  void tellsLocalPodsFromRemoteOnes() {
    DatapathState state =
        state(
            workload("here", "n1", "10.244.1.2", 300, MtlsMode.MTLS_MODE_STRICT),
            workload("there", "n2", "10.244.2.2", 301, MtlsMode.MTLS_MODE_PERMISSIVE),
            workload("stranger", "n2", "10.244.2.3", 302, MtlsMode.MTLS_MODE_DISABLED));

    assertThat(state.pods())
        .containsOnlyKeys(Ipv4.parse("10.244.1.2"))
        .containsValue(new LocalPod(300, Mesh.STRICT, Set.of()));
    assertThat(state.prefixes())
        .hasSize(2)
        .containsEntry(Prefix.parse("10.244.2.2/32"), new Peer(301, Mesh.PERMISSIVE))
        .containsEntry(Prefix.parse("10.244.2.3/32"), new Peer(302, Mesh.NONE));
  }

  @Test
  void leavesOutPodsWithoutAnAddress() {
    Resource pending =
        Resource.newBuilder()
            .setName("workload/shop/pending")
            .setWorkload(
                Workload.newBuilder().setNamespace("shop").setName("pending").setNode("n1"))
            .build();

    assertThat(state(pending)).isEqualTo(DatapathState.EMPTY);
  }

  @Test
  void readsPlaintextWhereAnAuthorizationPolicyAsksForIt() {
    Resource byIdentity =
        authorization(
            AuthorizationRules.newBuilder()
                .setNamespace("shop")
                .addTargets(
                    AuthorizationRules.Target.newBuilder()
                        .setWorkloads(
                            AuthorizationRules.Target.Identities.newBuilder().addNumbers(300))));
    Resource wholeNamespace = authorization(AuthorizationRules.newBuilder().setNamespace("shop"));
    Resource elsewhere = authorization(AuthorizationRules.newBuilder().setNamespace("other"));
    Resource pod = workload("here", "n1", "10.244.1.2", 300, MtlsMode.MTLS_MODE_PERMISSIVE);

    assertThat(onlyPod(pod, byIdentity).l7Inbound()).containsExactly(0);
    assertThat(onlyPod(pod, wholeNamespace).l7Inbound()).containsExactly(0);
    assertThat(onlyPod(pod, elsewhere).l7Inbound()).isEmpty();
  }

  @Test
  void resolvesServicesToServingBackends() {
    Service.Builder service =
        Service.newBuilder()
            .setNamespace("shop")
            .setName("web")
            .addAddresses(bytes("10.96.0.10"))
            .addPorts(Service.Port.newBuilder().setPort(80).setL7(true))
            .addPorts(Service.Port.newBuilder().setPort(53).setUdp(true).setL7(true));
    Endpoints.Builder endpoints =
        Endpoints.newBuilder()
            .setNamespace("shop")
            .setService("web")
            .addEndpoints(endpoint("10.244.1.2", 80, 8080, true))
            .addEndpoints(endpoint("10.244.1.3", 80, 8080, false))
            .addEndpoints(endpoint("10.244.1.4", 81, 8081, true));

    DatapathState state =
        state(
            Resource.newBuilder().setName("service/shop/web").setService(service).build(),
            Resource.newBuilder().setName("endpoints/shop/web").setEndpoints(endpoints).build());

    DatapathState.ServiceTarget http =
        state.services().get(new ServicePort(Ipv4.parse("10.96.0.10"), 80, Protocol.TCP));
    assertThat(http)
        .isEqualTo(
            new DatapathState.ServiceTarget(
                true, false, List.of(new Backend(Ipv4.parse("10.244.1.2"), 8080))));
    DatapathState.ServiceTarget dns =
        state.services().get(new ServicePort(Ipv4.parse("10.96.0.10"), 53, Protocol.UDP));
    assertThat(dns).isEqualTo(new DatapathState.ServiceTarget(false, false, List.of()));
  }

  @Test
  void guardsServicesThatAPolicyIsAttachedTo() {
    AuthorizationRules.Builder policy =
        AuthorizationRules.newBuilder()
            .setNamespace("shop")
            .setAction(AuthorizationRules.Action.ACTION_ALLOW)
            .addTargets(
                AuthorizationRules.Target.newBuilder()
                    .setService(
                        AuthorizationRules.Target.Ref.newBuilder()
                            .setNamespace("shop")
                            .setName("web")));

    assertThat(guarded(policy)).isTrue();
    assertThat(guarded(policy.clone().setDryRun(true))).isFalse();
    assertThat(guarded(policy.clone().setAction(AuthorizationRules.Action.ACTION_AUDIT))).isFalse();
    assertThat(guarded(policy.clone().clearTargets())).as("a policy of the pods").isFalse();
  }

  private static boolean guarded(AuthorizationRules.Builder policy) {
    Service.Builder service =
        Service.newBuilder()
            .setNamespace("shop")
            .setName("web")
            .addAddresses(bytes("10.96.0.10"))
            .addPorts(Service.Port.newBuilder().setPort(80).setL7(true));
    return state(
            Resource.newBuilder().setName("service/shop/web").setService(service).build(),
            authorization(policy))
        .services()
        .values()
        .iterator()
        .next()
        .guarded();
  }

  @Test
  void knowsOtherNodesGatewaysPrefixesAndRules() {
    DatapathState state =
        state(
            node("n1", "172.31.0.11", "10.244.1.0"),
            node("n2", "172.31.0.12", "10.244.2.0"),
            Resource.newBuilder()
                .setName("gateway/shop/front")
                .setGateway(Gateway.newBuilder().addAddresses(bytes("172.31.255.1")))
                .build(),
            Resource.newBuilder()
                .setName("cidr/192.0.2.0/24")
                .setCidr(
                    CidrIdentity.newBuilder()
                        .setNetwork(bytes("192.0.2.0"))
                        .setPrefixLength(24)
                        .setNumber(1 << 24 | 1))
                .build(),
            Resource.newBuilder()
                .setName("networkrules/300")
                .setNetworkRules(
                    NetworkRules.newBuilder()
                        .setIdentity(300)
                        .setIngressIsolated(true)
                        .addRules(
                            NetworkRules.Rule.newBuilder()
                                .setPeer(301)
                                .setProtocol(6)
                                .setPort(80)
                                .setEndPort(90)))
                .build());

    assertThat(state.nodes())
        .containsExactly(new RemoteNode(Ipv4.parse("172.31.0.12"), Prefix.parse("10.244.2.0/24")));
    assertThat(state.gateways()).containsExactly(Ipv4.parse("172.31.255.1"));
    assertThat(state.prefixes())
        .containsEntry(Prefix.parse("192.0.2.0/24"), new Peer(1 << 24 | 1, Mesh.NONE));
    assertThat(state.rules())
        .containsEntry(
            300,
            new DatapathState.NetworkRules(
                true, false, Set.of(new Allow(Direction.INGRESS, 301, 6, 80, 90))));
  }

  private static DatapathState state(Resource... resources) {
    return DatapathStates.of(MeshView.empty().with(List.of(resources), List.of()), "n1");
  }

  private static LocalPod onlyPod(Resource... resources) {
    return state(resources).pods().values().iterator().next();
  }

  private static Resource workload(
      String name, String node, String address, int identity, MtlsMode mode) {
    return Resource.newBuilder()
        .setName("workload/shop/" + name)
        .setWorkload(
            Workload.newBuilder()
                .setNamespace("shop")
                .setName(name)
                .setNode(node)
                .setAddress(bytes(address))
                .setIdentity(identity)
                .setMtls(mode))
        .build();
  }

  private static Resource node(String name, String address, String podNetwork) {
    return Resource.newBuilder()
        .setName("node/" + name)
        .setNode(
            Node.newBuilder()
                .setName(name)
                .setAddress(bytes(address))
                .setPodNetwork(bytes(podNetwork))
                .setPodPrefixLength(24))
        .build();
  }

  private static Resource authorization(AuthorizationRules.Builder rules) {
    return Resource.newBuilder()
        .setName("authorization/shop/policy")
        .setAuthorization(rules)
        .build();
  }

  private static Endpoints.Endpoint endpoint(
      String address, int servicePort, int port, boolean serving) {
    return Endpoints.Endpoint.newBuilder()
        .setAddress(bytes(address))
        .setServicePort(servicePort)
        .setPort(port)
        .setServing(serving)
        .build();
  }

  private static ByteString bytes(String address) {
    return ByteString.copyFrom(Ipv4.parse(address).toBytes());
  }
}
