package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Node;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.DatapathState.Backend;
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

class ServiceFrontendsTest {
  private static final String NODE = "172.31.0.11";
  private static final String HERE = "10.244.1.2";
  private static final String THERE = "10.244.2.2";
  private static final ServicePort CLUSTER_IP =
      new ServicePort(Ipv4.parse("10.96.0.10"), 80, Protocol.TCP);
  private static final ServicePort NODE_PORT =
      new ServicePort(Ipv4.parse(NODE), 30080, Protocol.TCP);

  private static ByteString bytes(String address) {
    return ByteString.copyFrom(Ipv4.parse(address).toBytes());
  }

  private static Resource pod(String name, String node) {
    return Resource.newBuilder()
        .setName("workload/shop/" + name)
        .setWorkload(Workload.newBuilder().setNamespace("shop").setName(name).setNode(node))
        .build();
  }

  private static Endpoints.Endpoint endpoint(String workload, String address, int port) {
    return Endpoints.Endpoint.newBuilder()
        .setWorkload(workload)
        .setAddress(bytes(address))
        .setServicePort(80)
        .setPort(port)
        .setServing(true)
        .build();
  }

  private static Service.Builder service() {
    return Service.newBuilder()
        .setNamespace("shop")
        .setName("web")
        .addAddresses(bytes("10.96.0.10"))
        .addPorts(Service.Port.newBuilder().setPort(80).setNodePort(30080).setL7(true));
  }

  private static Map<ServicePort, ServiceTarget> of(Service.Builder service, Resource... more) {
    List<Resource> resources = new ArrayList<>(List.of(more));
    resources.add(
        Resource.newBuilder()
            .setName("node/n1")
            .setNode(Node.newBuilder().setName("n1").setAddress(bytes(NODE)))
            .build());
    resources.add(pod("here", "n1"));
    resources.add(pod("there", "n2"));
    resources.add(Resource.newBuilder().setName("service/shop/web").setService(service).build());
    resources.add(
        Resource.newBuilder()
            .setName("endpoints/shop/web")
            .setEndpoints(
                Endpoints.newBuilder()
                    .setNamespace("shop")
                    .setService("web")
                    .addEndpoints(endpoint("shop/here", HERE, 8080))
                    .addEndpoints(endpoint("shop/there", THERE, 8080))
                    .addEndpoints(endpoint("", NODE, 6443)))
            .build());
    MeshView mesh = MeshView.empty().with(resources, List.of());
    return ServiceFrontends.of(mesh, "n1", PolicyTargets.of(mesh));
  }

  private static ServiceTarget at(Map<ServicePort, ServiceTarget> frontends, ServicePort port) {
    return Objects.requireNonNull(frontends.get(port));
  }

  private static Backend backend(String address, int port) {
    return new Backend(Ipv4.parse(address), port);
  }

  @Test
  void opensTheNodesPortWithoutReading() {
    Map<ServicePort, ServiceTarget> frontends = of(service());
    assertThat(frontends).containsOnlyKeys(CLUSTER_IP, NODE_PORT);
    assertThat(at(frontends, CLUSTER_IP).l7()).isTrue();
    assertThat(frontends.get(NODE_PORT))
        .isEqualTo(
            new ServiceTarget(
                false,
                false,
                List.of(backend(HERE, 8080), backend(THERE, 8080), backend(NODE, 6443))));
  }

  @Test
  void keepsToTheNodeWhereTheServiceSaysSo() {
    List<Backend> local = List.of(backend(HERE, 8080), backend(NODE, 6443));
    Map<ServicePort, ServiceTarget> outside = of(service().setExternalLocal(true));
    assertThat(at(outside, NODE_PORT).backends()).isEqualTo(local);
    assertThat(at(outside, CLUSTER_IP).backends()).hasSize(3);
    Map<ServicePort, ServiceTarget> inside = of(service().setInternalLocal(true));
    assertThat(at(inside, CLUSTER_IP).backends()).isEqualTo(local);
    assertThat(at(inside, NODE_PORT).backends()).hasSize(3);
  }

  @Test
  void opensNoWayAroundAPolicyOfTheService() {
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
    Resource authorization =
        Resource.newBuilder().setName("authorization/shop/p").setAuthorization(policy).build();
    ServiceTarget target = at(of(service(), authorization), NODE_PORT);
    assertThat(target.l7()).isTrue();
    assertThat(target.guarded()).isTrue();
  }
}
