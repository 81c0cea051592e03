package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.StringMatch;
import dev.weft.datapath.Ipv4;
import dev.weft.flows.Clocks;
import dev.weft.flows.Telemetry;
import dev.weft.flows.TelemetryOptions;
import dev.weft.flows.TelemetrySettings;
import dev.weft.proxy.MeshProxy;
import dev.weft.proxy.ProxyOptions;
import dev.weft.proxy.ProxyOptions.Kind;
import dev.weft.proxy.ProxyOptions.Listen;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A node's proxy and telemetry without datapath and control plane: plain listeners on loopback in
 * front of fixed services, with routes, an authorization policy and 1 % of traces sampled. For
 * benchmarks.
 */
public final class StandaloneProxy implements AutoCloseable {
  private static final String NAMESPACE = "bench";
  private static final double SAMPLING = 0.01;

  private final MeshProxy proxy;
  private final Telemetry telemetry;

  private StandaloneProxy(MeshProxy proxy, Telemetry telemetry) {
    this.proxy = proxy;
    this.telemetry = telemetry;
  }

  /**
   * A service in front of one backend.
   *
   * @param name unique; names the service
   * @param port where the proxy listens for it, on 127.0.0.1
   * @param backend port of the backend on 127.0.0.1
   * @param http2 HTTP/2 with prior knowledge to the backend; HTTP/1.1 otherwise
   * @param routes HTTPRoutes of the service; the last of them takes every path
   */
  public record Front(String name, int port, int backend, boolean http2, int routes) {}

  /**
   * Starts one event loop in front of these services.
   *
   * @param otlpEndpoint where telemetry goes; empty for nowhere
   * @throws IOException when a port is taken
   */
  public static StandaloneProxy start(List<Front> fronts, String otlpEndpoint) throws IOException {
    List<Resource> resources = new ArrayList<>();
    List<Listen> listens = new ArrayList<>();
    resources.add(
        resource("mesh")
            .setMesh(
                MeshSettings.newBuilder()
                    .setTrustDomain("cluster.local")
                    .setTraceSampling(SAMPLING))
            .build());
    for (int i = 0; i < fronts.size(); i++) {
      Front front = fronts.get(i);
      Ipv4 address = new Ipv4(Ipv4.parse("10.96.0.10").bits() + i);
      resources.addAll(service(front, address));
      resources.addAll(routes(front));
      listens.add(
          Listen.plain(
              Kind.OUTBOUND,
              new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), front.port()),
              new InetSocketAddress(InetAddress.ofLiteral(address.toString()), 80)));
    }
    TelemetrySettings settings = new TelemetrySettings(otlpEndpoint, SAMPLING);
    Telemetry telemetry =
        Telemetry.start(TelemetryOptions.of("standalone", null, settings), Clocks.system());
    ProxyOptions options = ProxyOptions.plain("standalone", listens).withLoops(1);
    MeshProxy proxy = MeshProxy.start(options, _ -> null, telemetry.observer());
    proxy.apply(ProxyTables.compile(MeshView.empty().with(resources, List.of())));
    return new StandaloneProxy(proxy, telemetry);
  }

  private static List<Resource> service(Front front, Ipv4 address) {
    AppProtocol protocol =
        front.http2() ? AppProtocol.APP_PROTOCOL_HTTP2 : AppProtocol.APP_PROTOCOL_HTTP;
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
    AuthorizationRules.Operation readOrCall =
        AuthorizationRules.Operation.newBuilder().addMethods("GET").addMethods("POST").build();
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
                    .addRules(AuthorizationRules.Rule.newBuilder().addTo(readOrCall)))
            .build());
  }

  private static List<Resource> routes(Front front) {
    List<Resource> routes = new ArrayList<>();
    for (int i = 1; i < front.routes(); i++) {
      routes.add(route(front, "path-" + i, "/path-" + i));
    }
    routes.add(route(front, "all", "/"));
    return routes;
  }

  private static Resource route(Front front, String name, String prefix) {
    HttpRule rule =
        HttpRule.newBuilder()
            .addMatches(HttpMatch.newBuilder().setPath(StringMatch.newBuilder().setPrefix(prefix)))
            .addBackends(
                Backend.newBuilder()
                    .setWeight(1)
                    .setService(
                        Backend.BackendService.newBuilder()
                            .setNamespace(NAMESPACE)
                            .setName(front.name())
                            .setPort(80)))
            .build();
    Attachment attachment =
        Attachment.newBuilder()
            .setService(
                Attachment.ServicePort.newBuilder()
                    .setNamespace(NAMESPACE)
                    .setName(front.name())
                    .setPort(80))
            .build();
    String full = front.name() + "-" + name;
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

  @Override
  public void close() {
    proxy.close();
    telemetry.close();
  }
}
