package dev.weft.routing;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Header;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.NamedMatch;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.StringMatch;
import dev.weft.api.v1.Workload;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Resources as the control plane would send them, in few words. */
final class Fixtures {
  private Fixtures() {}

  static ByteString ip(String address) {
    return ByteString.copyFrom(ByteBuffer.allocate(4).putInt(0, Ipv4.parse(address)));
  }

  private static Resource versioned(Resource.Builder resource) {
    String version = Integer.toHexString(resource.build().hashCode());
    return resource.setVersion(version).build();
  }

  static Resource workload(String namespace, String pod, String address, int identity) {
    Workload.Builder workload =
        Workload.newBuilder()
            .setNamespace(namespace)
            .setName(pod)
            .setServiceAccount("default")
            .setOwnerKind("Deployment")
            .setOwnerName(pod.contains("-") ? pod.substring(0, pod.lastIndexOf('-')) : pod)
            .setNode("n1")
            .setIdentity(identity)
            .setMtls(dev.weft.api.v1.MtlsMode.MTLS_MODE_PERMISSIVE);
    if (!address.isEmpty()) {
      workload.setAddress(ip(address));
    }
    return versioned(
        Resource.newBuilder().setName("workload/" + namespace + "/" + pod).setWorkload(workload));
  }

  static Resource service(String namespace, String name, String clusterIp, int... ports) {
    Service.Builder service = Service.newBuilder().setNamespace(namespace).setName(name);
    if (!clusterIp.isEmpty()) {
      service.addAddresses(ip(clusterIp));
    }
    for (int port : ports) {
      service.addPorts(
          Service.Port.newBuilder()
              .setPort(port)
              .setL7(true)
              .setAppProtocol(dev.weft.api.v1.AppProtocol.APP_PROTOCOL_HTTP));
    }
    return versioned(
        Resource.newBuilder().setName("service/" + namespace + "/" + name).setService(service));
  }

  /** Each endpoint is "pod address port" of the Service's namespace. */
  static Resource endpoints(
      String namespace, String service, int servicePort, String... endpoints) {
    Endpoints.Builder builder = Endpoints.newBuilder().setNamespace(namespace).setService(service);
    for (String endpoint : endpoints) {
      String[] parts = endpoint.split(" ", -1);
      builder.addEndpoints(
          Endpoints.Endpoint.newBuilder()
              .setWorkload(parts[0].isEmpty() ? "" : namespace + "/" + parts[0])
              .setAddress(ip(parts[1]))
              .setPort(Integer.parseInt(parts[2]))
              .setServicePort(servicePort)
              .setServing(true));
    }
    return versioned(
        Resource.newBuilder()
            .setName("endpoints/" + namespace + "/" + service)
            .setEndpoints(builder));
  }

  static Resource route(HttpRoute.Builder route) {
    String kind = route.getGrpc() ? "grpcroute/" : "httproute/";
    return versioned(
        Resource.newBuilder()
            .setName(kind + route.getNamespace() + "/" + route.getName())
            .setHttpRoute(route));
  }

  static HttpRoute.Builder http(String namespace, String name, HttpRule.Builder... rules) {
    HttpRoute.Builder route = HttpRoute.newBuilder().setNamespace(namespace).setName(name);
    Arrays.stream(rules).forEach(route::addRules);
    return route;
  }

  static Attachment toService(
      String namespace, String name, int port, String consumer, String... hostnames) {
    return Attachment.newBuilder()
        .setService(
            Attachment.ServicePort.newBuilder()
                .setNamespace(namespace)
                .setName(name)
                .setPort(port)
                .setConsumerNamespace(consumer))
        .addAllHostnames(List.of(hostnames))
        .build();
  }

  static Attachment toListener(
      String namespace, String gateway, String listener, String... hostnames) {
    return Attachment.newBuilder()
        .setListener(
            Attachment.GatewayListener.newBuilder()
                .setNamespace(namespace)
                .setGateway(gateway)
                .setListener(listener))
        .addAllHostnames(List.of(hostnames))
        .build();
  }

  static HttpRule.Builder rule(String name, HttpMatch... matches) {
    return HttpRule.newBuilder()
        .setName(name)
        .addAllMatches(List.of(matches))
        .addBackends(backend(name, 1));
  }

  static Backend backend(String service, int weight) {
    return Backend.newBuilder()
        .setWeight(weight)
        .setService(
            Backend.BackendService.newBuilder().setNamespace("shop").setName(service).setPort(80))
        .build();
  }

  /**
   * A match in words: "prefix:/a", "exact:/a", "regex:/a.*", then any of "GET", "h:name=value",
   * "q:name=value".
   */
  static HttpMatch match(String... words) {
    HttpMatch.Builder match = HttpMatch.newBuilder();
    for (String word : words) {
      String rest = word.substring(word.indexOf(':') + 1);
      switch (word.substring(0, Math.max(0, word.indexOf(':')))) {
        case "prefix" -> match.setPath(StringMatch.newBuilder().setPrefix(rest));
        case "exact" -> match.setPath(StringMatch.newBuilder().setExact(rest));
        case "regex" -> match.setPath(StringMatch.newBuilder().setRegex(rest));
        case "h" -> match.addHeaders(named(rest));
        case "q" -> match.addQuery(named(rest));
        default -> match.setMethod(word);
      }
    }
    return match.build();
  }

  private static NamedMatch named(String pair) {
    int equals = pair.indexOf('=');
    String value = pair.substring(equals + 1);
    StringMatch.Builder match = StringMatch.newBuilder();
    if (value.startsWith("~")) {
      match.setRegex(value.substring(1));
    } else {
      match.setExact(value);
    }
    return NamedMatch.newBuilder().setName(pair.substring(0, equals)).setValue(match).build();
  }

  static Header header(String name, String value) {
    return Header.newBuilder().setName(name).setValue(value).build();
  }

  static Resource gateway(
      String namespace, String name, String address, Gateway.Listener... listeners) {
    return versioned(
        Resource.newBuilder()
            .setName("gateway/" + namespace + "/" + name)
            .setGateway(
                Gateway.newBuilder()
                    .setNamespace(namespace)
                    .setName(name)
                    .addAddresses(ip(address))
                    .addAllListeners(List.of(listeners))));
  }

  static Gateway.Listener listener(
      String name, Gateway.Protocol protocol, int port, String hostname) {
    return Gateway.Listener.newBuilder()
        .setName(name)
        .setProtocol(protocol)
        .setPort(port)
        .setHostname(hostname)
        .build();
  }

  /** A table of routes that are attached without hostnames, or with those given per route. */
  static RouteTable table(HttpRoute.Builder... routes) {
    return RouteTable.of(
        Arrays.stream(routes)
            .map(
                route ->
                    new Attached<>(
                        CompiledRoute.of(route.build()),
                        route.getAttachmentsCount() == 0
                            ? List.of()
                            : route.getAttachments(0).getHostnamesList()))
            .toList(),
        null);
  }

  /** The name of the rule that takes a request; "404" when none does. */
  static String decide(RouteTable table, RequestFacts request) {
    return switch (table.route(request)) {
      case Route.NotFound _ -> "404";
      case Route.Matched matched ->
          matched.rule().id().substring(matched.rule().id().lastIndexOf('/') + 1);
    };
  }

  static MeshView view(Resource... resources) {
    return MeshView.empty().with(List.of(resources), List.of());
  }
}
