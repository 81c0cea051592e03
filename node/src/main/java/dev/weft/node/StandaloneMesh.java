package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.StringMatch;
import dev.weft.datapath.Ipv4;
import dev.weft.identity.Certificates;
import dev.weft.node.StandaloneProxy.Front;
import dev.weft.node.StandaloneProxy.Secure;
import dev.weft.routing.MeshView;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** What a standalone proxy knows of its mesh: the words a control plane would use. Pure. */
final class StandaloneMesh {
  private static final String NAMESPACE = "bench";

  private StandaloneMesh() {}

  static Ipv4 serviceAddress(int index) {
    return new Ipv4(Ipv4.parse("10.96.0.10").bits() + index);
  }

  static Ipv4 gatewayAddress(int index) {
    return new Ipv4(Ipv4.parse("172.31.255.1").bits() + index);
  }

  static MeshView of(List<Front> fronts, List<Secure> secure, double sampling) {
    List<Resource> resources = new ArrayList<>();
    resources.add(
        resource("mesh")
            .setMesh(
                MeshSettings.newBuilder()
                    .setTrustDomain("cluster.local")
                    .setTraceSampling(sampling))
            .build());
    for (int i = 0; i < fronts.size(); i++) {
      resources.addAll(service(fronts.get(i), serviceAddress(i)));
      resources.addAll(routes(fronts.get(i)));
    }
    for (int i = 0; i < secure.size(); i++) {
      resources.addAll(gateway(secure.get(i), gatewayAddress(i)));
    }
    return MeshView.empty().with(resources, List.of());
  }

  private static List<Resource> gateway(Secure secure, Ipv4 address) {
    String name = "certificate/bench/" + secure.front();
    Gateway.Listener listener =
        Gateway.Listener.newBuilder()
            .setName("https")
            .setProtocol(Gateway.Protocol.PROTOCOL_HTTPS)
            .setPort(443)
            .addCertificates(name)
            .addAllClientRoots(ders(secure.clientRoots()))
            .build();
    Attachment attachment =
        Attachment.newBuilder()
            .setListener(
                Attachment.GatewayListener.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setGateway(secure.front())
                    .setListener("https"))
            .build();
    return List.of(
        resource(name)
            .setCertificate(
                Certificate.newBuilder()
                    .addAllChain(ders(secure.chain()))
                    .setKey(ByteString.copyFrom(secure.key().getEncoded())))
            .build(),
        resource("gateway/bench/" + secure.front())
            .setGateway(
                Gateway.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setName(secure.front())
                    .addAddresses(bytes(address))
                    .addListeners(listener))
            .build(),
        route(secure.front(), "gateway", "/", attachment));
  }

  private static List<ByteString> ders(List<X509Certificate> certificates) {
    return certificates.stream().map(c -> ByteString.copyFrom(Certificates.toDer(c))).toList();
  }

  private static List<Resource> service(Front front, Ipv4 address) {
    AppProtocol protocol =
        switch (front.speaks()) {
          case HTTP -> AppProtocol.APP_PROTOCOL_HTTP;
          case HTTP1 -> AppProtocol.APP_PROTOCOL_WEBSOCKET;
          case HTTP2 -> AppProtocol.APP_PROTOCOL_HTTP2;
        };
    Service.Port port =
        Service.Port.newBuilder().setPort(80).setAppProtocol(protocol).setL7(true).build();
    Endpoints.Endpoint endpoint =
        Endpoints.Endpoint.newBuilder()
            .setAddress(bytes(Ipv4.parse("127.0.0.1")))
            .setServicePort(80)
            .setPort(front.backend())
            .setServing(true)
            .build();
    AuthorizationRules.Target target =
        AuthorizationRules.Target.newBuilder()
            .setService(
                AuthorizationRules.Target.Ref.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setName(front.name()))
            .build();
    AuthorizationRules.Rule.Builder rule = AuthorizationRules.Rule.newBuilder();
    if (!front.open()) {
      rule.addTo(AuthorizationRules.Operation.newBuilder().addMethods("GET").addMethods("POST"));
    }
    return List.of(
        resource("service/bench/" + front.name())
            .setService(
                Service.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setName(front.name())
                    .addAddresses(bytes(address))
                    .addPorts(port))
            .build(),
        resource("endpoints/bench/" + front.name())
            .setEndpoints(
                Endpoints.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setService(front.name())
                    .addEndpoints(endpoint))
            .build(),
        resource("authorization/bench/" + front.name())
            .setAuthorization(
                AuthorizationRules.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setName(front.name())
                    .setAction(AuthorizationRules.Action.ACTION_ALLOW)
                    .addTargets(target)
                    .addRules(rule))
            .build());
  }

  private static List<Resource> routes(Front front) {
    List<Resource> routes = new ArrayList<>();
    Attachment attachment =
        Attachment.newBuilder()
            .setService(
                Attachment.ServicePort.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setName(front.name())
                    .setPort(80))
            .build();
    for (int i = 1; i < front.routes(); i++) {
      routes.add(route(front.name(), "path-" + i, "/path-" + i, attachment));
    }
    routes.add(route(front.name(), "all", "/", attachment));
    return routes;
  }

  private static Resource route(String service, String name, String prefix, Attachment attachment) {
    HttpRule rule =
        HttpRule.newBuilder()
            .addMatches(HttpMatch.newBuilder().setPath(StringMatch.newBuilder().setPrefix(prefix)))
            .addBackends(
                Backend.newBuilder()
                    .setWeight(1)
                    .setService(
                        Backend.BackendService.newBuilder()
                            .setNamespace(NAMESPACE)
                            .setName(service)
                            .setPort(80)))
            .build();
    String full = service + "-" + name;
    return resource("httproute/bench/" + full)
        .setHttpRoute(
            HttpRoute.newBuilder()
                .setNamespace(NAMESPACE)
                .setName(full)
                .addAttachments(attachment)
                .addRules(rule))
        .build();
  }

  private static Resource.Builder resource(String name) {
    return Resource.newBuilder().setName(name).setVersion("1");
  }

  private static ByteString bytes(Ipv4 address) {
    return ByteString.copyFrom(address.toBytes());
  }
}
