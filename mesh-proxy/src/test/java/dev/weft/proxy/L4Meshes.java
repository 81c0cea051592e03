package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import java.net.InetSocketAddress;
import java.util.List;

/** Gateways whose listeners pass on what they do not read. */
final class L4Meshes {
  static final String ADDRESS = "10.9.9.9";

  private L4Meshes() {}

  static Gateway.Listener.Builder listener(
      String name, Gateway.Protocol protocol, int port, String hostname) {
    Gateway.Listener.Builder listener =
        Gateway.Listener.newBuilder()
            .setName(name)
            .setProtocol(protocol)
            .setPort(port)
            .setHostname(hostname);
    boolean ends =
        protocol == Gateway.Protocol.PROTOCOL_TLS || protocol == Gateway.Protocol.PROTOCOL_HTTPS;
    return ends ? listener.addCertificates("certificate/default/" + name) : listener;
  }

  static Resource.Builder gateway(Gateway.Listener.Builder... listeners) {
    Gateway.Builder gateway =
        Gateway.newBuilder()
            .setNamespace("default")
            .setName("edge")
            .addAddresses(Meshes.bytes(ADDRESS));
    List.of(listeners).forEach(gateway::addListeners);
    return Resource.newBuilder().setGateway(gateway);
  }

  static Resource.Builder route(
      L4Route.Kind kind, String listener, List<String> hostnames, Backend.Builder... backends) {
    L4Route.Builder route =
        L4Route.newBuilder()
            .setKind(kind)
            .setNamespace("default")
            .setName(listener)
            .addAttachments(
                Attachment.newBuilder()
                    .addAllHostnames(hostnames)
                    .setListener(
                        Attachment.GatewayListener.newBuilder()
                            .setNamespace("default")
                            .setGateway("edge")
                            .setListener(listener)));
    List.of(backends).forEach(route::addBackends);
    return Resource.newBuilder().setL4Route(route);
  }

  /** A TCP Service "default/name". */
  static Meshes tcp(Meshes meshes, String name, InetSocketAddress... endpoints) {
    return meshes.service(name, TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_TCP, endpoints);
  }

  /** A UDP Service "default/name". */
  static Meshes udp(Meshes meshes, String name, InetSocketAddress... endpoints) {
    Endpoints.Builder all = Endpoints.newBuilder().setNamespace("default").setService(name);
    for (InetSocketAddress endpoint : endpoints) {
      all.addEndpoints(
          Endpoints.Endpoint.newBuilder()
              .setAddress(ByteString.copyFrom(endpoint.getAddress().getAddress()))
              .setServicePort(80)
              .setPort(endpoint.getPort())
              .setUdp(true)
              .setServing(true));
    }
    return meshes
        .put(
            "service/default/" + name,
            Resource.newBuilder()
                .setService(
                    Service.newBuilder()
                        .setNamespace("default")
                        .setName(name)
                        .addPorts(Service.Port.newBuilder().setPort(80).setUdp(true))))
        .put("endpoints/default/" + name, Resource.newBuilder().setEndpoints(all));
  }

  static ProxyOptions options(ProxyOptions.Kind kind, int port) {
    return ProxyOptions.plain(
            "here",
            List.of(
                ProxyOptions.Listen.plain(
                    kind, Meshes.at("127.0.0.1", 0), Meshes.at(ADDRESS, port))))
        .withLoops(1);
  }
}
