package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.Workload;
import dev.weft.proxy.upstream.Addresses;
import dev.weft.routing.Ipv4;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes configuration as a control plane would send it. */
final class Meshes {
  private final Map<String, Resource> resources = new LinkedHashMap<>();
  private String otlpEndpoint = "";

  Meshes() {
    settings("cluster.local");
  }

  Meshes settings(String trustDomain) {
    return put(
        "mesh",
        Resource.newBuilder()
            .setMesh(
                MeshSettings.newBuilder()
                    .setTrustDomain(trustDomain)
                    .setOtlpEndpoint(otlpEndpoint)
                    .setSessionKey(ByteString.copyFrom(new byte[32]))
                    .setReasonHeader(true)));
  }

  /** From the next {@link #settings} on, telemetry goes somewhere. */
  Meshes traced() {
    otlpEndpoint = "127.0.0.1:4317";
    return settings("cluster.local");
  }

  static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(Addresses.of(Ipv4.parse(address)), port);
  }

  static ByteString bytes(String address) {
    return ByteString.copyFrom(Addresses.of(Ipv4.parse(address)).getAddress());
  }

  Meshes put(String name, Resource.Builder resource) {
    resources.put(name, resource.setName(name).build());
    return this;
  }

  Meshes remove(String name) {
    resources.remove(name);
    return this;
  }

  /** A Service "default/name" on address:port, whose only port has these endpoints. */
  Meshes service(
      String name, String address, int port, AppProtocol protocol, InetSocketAddress... endpoints) {
    put(
        "service/default/" + name,
        Resource.newBuilder()
            .setService(
                Service.newBuilder()
                    .setNamespace("default")
                    .setName(name)
                    .addAddresses(bytes(address))
                    .addPorts(
                        Service.Port.newBuilder()
                            .setPort(port)
                            .setAppProtocol(protocol)
                            .setL7(protocol != AppProtocol.APP_PROTOCOL_UNSPECIFIED))));
    Endpoints.Builder all = Endpoints.newBuilder().setNamespace("default").setService(name);
    for (InetSocketAddress endpoint : endpoints) {
      all.addEndpoints(
          Endpoints.Endpoint.newBuilder()
              .setWorkload(workloadAt(endpoint))
              .setAddress(ByteString.copyFrom(endpoint.getAddress().getAddress()))
              .setServicePort(port)
              .setPort(endpoint.getPort())
              .setServing(true));
    }
    return put("endpoints/default/" + name, Resource.newBuilder().setEndpoints(all));
  }

  private String workloadAt(InetSocketAddress endpoint) {
    ByteString address = ByteString.copyFrom(endpoint.getAddress().getAddress());
    return resources.values().stream()
        .filter(Resource::hasWorkload)
        .map(Resource::getWorkload)
        .filter(workload -> workload.getAddress().equals(address))
        .map(workload -> workload.getNamespace() + "/" + workload.getName())
        .findFirst()
        .orElse("");
  }

  /** A pod "default/name". */
  Meshes pod(String name, String node, String address, int identity, MtlsMode mode) {
    return put(
        "workload/default/" + name,
        Resource.newBuilder()
            .setWorkload(
                Workload.newBuilder()
                    .setUid("uid-" + name)
                    .setNamespace("default")
                    .setName(name)
                    .setOwnerKind("Deployment")
                    .setOwnerName(name)
                    .setServiceAccount(name)
                    .setNode(node)
                    .setAddress(bytes(address))
                    .setIdentity(identity)
                    .setMtls(mode)));
  }

  /** A route of rules on a Service. */
  Meshes route(String name, String service, HttpRule.Builder... rules) {
    HttpRoute.Builder route =
        HttpRoute.newBuilder()
            .setNamespace("default")
            .setName(name)
            .addAttachments(
                Attachment.newBuilder()
                    .setService(
                        Attachment.ServicePort.newBuilder()
                            .setNamespace("default")
                            .setName(service)));
    for (HttpRule.Builder rule : rules) {
      route.addRules(rule);
    }
    return put("httproute/default/" + name, Resource.newBuilder().setHttpRoute(route));
  }

  /** A backend with weight 1. */
  static Backend.Builder backend(String service, int port) {
    return Backend.newBuilder()
        .setWeight(1)
        .setService(
            Backend.BackendService.newBuilder()
                .setNamespace("default")
                .setName(service)
                .setPort(port));
  }

  /** A rule that takes everything. */
  static HttpRule.Builder everything(Backend.Builder... backends) {
    List<Backend> built = new ArrayList<>();
    for (Backend.Builder backend : backends) {
      built.add(backend.build());
    }
    return HttpRule.newBuilder().addAllBackends(built);
  }

  ProxyTables tables() {
    return tables(ProxyTables.empty());
  }

  ProxyTables tables(ProxyTables previous) {
    return ProxyTables.compile(MeshView.empty().with(resources.values(), List.of()), previous);
  }
}
