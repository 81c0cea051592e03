package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.resources.Condition;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** XBackends (GEP-4894). */
class XBackendTest {
  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: gw, namespace: shop}
      spec:
        gatewayClassName: weft
        listeners:
        - {name: http, port: 80, protocol: HTTP}
        - {name: tcp, port: 90, protocol: TCP}
        - {name: udp, port: 90, protocol: UDP}
      """;

  private static String backend(String name, String rest) {
    return """
    apiVersion: gateway.networking.x-k8s.io/v1alpha1
    kind: XBackend
    metadata: {name: %s, namespace: shop, generation: 3}
    spec: {type: EndpointSelector, port: {number: 8080}, endpointSelector: {matchLabels: {app: cart, tier: front}}%s}
    """
        .formatted(name, rest);
  }

  private static String route(String kind, String parent, String ref) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: %s
    metadata: {name: r, namespace: shop}
    spec:
      parentRefs: [%s]
      rules: [{backendRefs: [%s]}]
    """
        .formatted(kind, parent, ref);
  }

  private static String to(String name) {
    return "{group: gateway.networking.x-k8s.io, kind: XBackend, name: " + name + "}";
  }

  private static String pod(String name, String namespace, String labels, String ip, String rest) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: %s, labels: {%s}%s}
    spec: {nodeName: n1, containers: [{name: c}]}
    status: {phase: Running, podIP: %s, conditions: [{type: Ready, status: "%s"}]}
    """
        .formatted(
            name,
            namespace,
            labels,
            rest.contains("going") ? ", deletionTimestamp: '2026-01-01T00:00:00Z'" : "",
            ip,
            rest.contains("unready") ? "False" : "True");
  }

  private static String accepted(World world, String name) {
    return World.condition(entries(world, name).getFirst().conditions(), "Accepted");
  }

  private static List<ObjectStatus.OfAncestor> entries(World world, String name) {
    return ((ObjectStatus.OfPolicy) world.status(Kind.X_BACKEND, "shop", name, Programmed.NOTHING))
        .ancestors();
  }

  private static String resolved(World world, Kind kind) {
    return World.condition(
        world.parents(kind, "shop", "r").getFirst().conditions(), "ResolvedRefs");
  }

  private static Backend target(World world) {
    return world.resource("httproute/shop/r").getHttpRoute().getRules(0).getBackends(0);
  }

  private static List<String> serving(World world) {
    return world.resource("endpoints/shop/cart.xbackend").getEndpoints().getEndpointsList().stream()
        .filter(endpoint -> endpoint.getServing() && !endpoint.getUdp())
        .map(Endpoints.Endpoint::getWorkload)
        .toList();
  }

  @Test
  void isAServiceThatNobodyCanAddress() {
    World world = new World(World.BASE, GATEWAY, backend("cart", ", protocol: HTTP"));

    assertThat(world.resource("service/shop/cart.xbackend").getService())
        .isEqualTo(
            Service.newBuilder()
                .setNamespace("shop")
                .setName("cart.xbackend")
                .addPorts(
                    Service.Port.newBuilder()
                        .setPort(8080)
                        .setTargetPort(8080)
                        .setAppProtocol(AppProtocol.APP_PROTOCOL_HTTP))
                .build());
    assertThat(world.statuses()).doesNotContainKey(new ObjectRef(Kind.X_BACKEND, "shop", "cart"));
  }

  @Test
  void itsEndpointsAreThePodsOfItsNamespaceWithAllLabels() {
    String labels = "app: cart, tier: front, more: x";
    World world =
        new World(
            World.BASE,
            backend("cart", ""),
            pod("a", "shop", labels, "10.244.0.1", ""),
            pod("b", "shop", labels, "10.244.0.2", "unready"),
            pod("c", "shop", labels, "10.244.0.3", "going"),
            pod("d", "shop", "app: cart", "10.244.0.4", ""),
            pod("e", "other", labels, "10.244.0.5", ""),
            pod("f", "shop", labels, "''", ""));

    Endpoints all = world.resource("endpoints/shop/cart.xbackend").getEndpoints();
    assertThat(all.getEndpointsList())
        .filteredOn(endpoint -> !endpoint.getUdp())
        .allSatisfy(endpoint -> assertThat(endpoint.getPort()).isEqualTo(8080))
        .extracting(Endpoints.Endpoint::getWorkload)
        .containsExactly("shop/a", "shop/b", "shop/c");
    assertThat(serving(world)).containsExactly("shop/a");

    world.remove(Kind.POD, "shop", "a");
    assertThat(serving(world))
        .as("who terminates serves when nobody else does")
        .containsExactly("shop/c");
    world.apply(pod("b", "shop", labels, "10.244.0.2", ""));
    assertThat(serving(world)).containsExactly("shop/b");
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP, HTTP",
    "H2C, HTTP2",
    "GRPC, HTTP2",
    "HTTP11, WEBSOCKET",
    "TCP, TCP",
  })
  void protocols(String said, String spoken) {
    World world = new World(World.BASE, backend("cart", ", protocol: " + said));

    assertThat(world.resource("service/shop/cart.xbackend").getService().getPortsList())
        .singleElement()
        .satisfies(
            port ->
                assertThat(port.getAppProtocol())
                    .isEqualTo(AppProtocol.valueOf("APP_PROTOCOL_" + spoken)));
  }

  @Test
  void withoutAProtocolTheRoutesCounts() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            backend("cart", ""),
            route("UDPRoute", "{name: gw, sectionName: udp}", to("cart")));

    assertThat(world.resource("service/shop/cart.xbackend").getService().getPortsList())
        .extracting(Service.Port::getUdp)
        .containsExactly(false, true);
    assertThat(resolved(world, Kind.UDP_ROUTE)).isEqualTo("True/ResolvedRefs");
    assertThat(world.resource("udproute/shop/r").getL4Route().getBackends(0).getService())
        .isEqualTo(service());
  }

  private static Backend.BackendService service() {
    return Backend.BackendService.newBuilder()
        .setNamespace("shop")
        .setName("cart.xbackend")
        .setPort(8080)
        .build();
  }

  @Test
  void routesSendThereAndItSaysWhoseClientsCome() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            backend("cart", ""),
            route(
                "HTTPRoute",
                "{name: gw, sectionName: http}, {group: '', kind: Service, name: web}",
                to("cart")));

    assertThat(target(world).getService()).isEqualTo(service());
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("True/ResolvedRefs");
    List<ObjectStatus.OfAncestor> entries = entries(world, "cart");
    assertThat(entries)
        .extracting(
            entry ->
                entry.ancestorRef().group()
                    + " "
                    + entry.ancestorRef().kind()
                    + " "
                    + entry.ancestorRef().namespace()
                    + "/"
                    + entry.ancestorRef().name())
        .containsExactly(" Service shop/web", "gateway.networking.k8s.io Gateway shop/gw");
    assertThat(entries)
        .allSatisfy(
            entry -> {
              assertThat(entry.controllerName()).isEqualTo("weft.dev/gateway-controller");
              assertThat(entry.conditions())
                  .extracting(Condition::observedGeneration)
                  .containsOnly(3L);
              assertThat(World.condition(entry.conditions(), "Accepted"))
                  .isEqualTo("True/Accepted");
            });
    Programmed held = new Programmed("service/shop/cart.xbackend"::equals, _ -> null);
    assertThat(
            World.condition(
                ((ObjectStatus.OfPolicy) world.status(Kind.X_BACKEND, "shop", "cart", held))
                    .ancestors()
                    .getFirst()
                    .conditions(),
                "weft.dev/Programmed"))
        .isEqualTo("True/Programmed");

    world.remove(Kind.HTTP_ROUTE, "shop", "r");
    assertThat(world.statuses()).doesNotContainKey(new ObjectRef(Kind.X_BACKEND, "shop", "cart"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        ", protocol: MCP | False/UnsupportedProtocol | False/UnsupportedProtocol",
        ", tls: {mode: ClientAndServer, clientCertificateRef: {name: c}, validation: {hostname: a.b, wellKnownCACertificates: System}} | False/UnsupportedValue | False/BackendNotFound",
        ", tls: {mode: ServerOnly, validation: {hostname: a.b, caCertificateRefs: [{group: '', kind: ConfigMap, name: gone}]}} | False/NoValidCACertificate | False/BackendNotFound",
        ", tls: {mode: ServerOnly, validation: {hostname: a.b, wellKnownCACertificates: Mine}} | False/Invalid | False/BackendNotFound",
        ", sessionPersistence: {type: Header, header: {name: Upgrade}} | False/UnsupportedValue | False/BackendNotFound",
        ", protocol: TCP, sessionPersistence: {cookie: {}} | False/UnsupportedValue | False/BackendNotFound",
      })
  void whatCannotBeDoneIsRefusedAndNothingIsSent(String rest, String accepted, String resolved) {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            backend("cart", rest),
            route("HTTPRoute", "{name: gw, sectionName: http}", to("cart")));

    assertThat(accepted(world, "cart")).isEqualTo(accepted);
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo(resolved);
    assertThat(target(world).getInvalid()).contains("XBackend shop/cart is not accepted");
    assertThat(world.resources().keySet()).noneMatch(name -> name.contains("cart.xbackend"));
  }

  @Test
  void hostsOutsideAreNotDone() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            """
            apiVersion: gateway.networking.x-k8s.io/v1alpha1
            kind: XBackend
            metadata: {name: cart, namespace: shop}
            spec: {type: ExternalHostname, port: {number: 443}, externalHostname: {hostname: api.example.com}}
            """,
            route("HTTPRoute", "{name: gw, sectionName: http}", to("cart")));

    assertThat(accepted(world, "cart")).isEqualTo("False/UnsupportedValue");
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("False/BackendNotFound");
    assertThat(target(world).getInvalid()).contains("ExternalHostname");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "HTTPRoute | http | , protocol: TCP | HTTP is not spoken over TCP",
        "GRPCRoute | http | , protocol: HTTP11 | gRPC is not spoken over HTTP11",
        "TCPRoute | tcp | , sessionPersistence: {cookie: {}} | sessionPersistence needs HTTP",
        "UDPRoute | udp | , sessionPersistence: {cookie: {}} | sessionPersistence needs HTTP",
        "UDPRoute | udp | , protocol: HTTP | HTTP is not spoken in datagrams",
        "UDPRoute | udp | , tls: {mode: ServerOnly, validation: {hostname: a.b, wellKnownCACertificates: System}} | TLS is not spoken in datagrams",
      })
  void routesThatDoNotSpeakItsProtocol(String kind, String listener, String rest, String why) {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            backend("cart", rest),
            route(kind, "{name: gw, sectionName: " + listener + "}", to("cart")));
    Kind of = Objects.requireNonNull(Kind.named(kind));

    assertThat(accepted(world, "cart")).isEqualTo("True/Accepted");
    assertThat(resolved(world, of)).isEqualTo("False/UnsupportedProtocol");
    assertThat(world.parents(of, "shop", "r").getFirst().conditions())
        .anySatisfy(condition -> assertThat(condition.message()).contains(why));
  }

  @Test
  void whatIsNotThereIsRefusedUntilItComes() {
    World world =
        new World(
            World.BASE, GATEWAY, route("HTTPRoute", "{name: gw, sectionName: http}", to("cart")));
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("False/BackendNotFound");

    world.apply(backend("cart", ""));
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("True/ResolvedRefs");

    world.remove(Kind.X_BACKEND, "shop", "cart");
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("False/BackendNotFound");
    assertThat(target(world).getInvalid()).contains("XBackend shop/cart");
  }

  @Test
  void anotherNamespacesIsGrantedByItsKind() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            backend("far", "").replace("namespace: shop", "namespace: other"),
            route(
                "HTTPRoute",
                "{name: gw, sectionName: http}",
                to("far").replace("}", ", namespace: other}")));
    ObjectRef far = new ObjectRef(Kind.X_BACKEND, "other", "far");
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("False/RefNotPermitted");

    world.apply(grant("''", "Service"));
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("False/RefNotPermitted");
    assertThat(world.statuses()).doesNotContainKey(far);

    world.apply(grant("gateway.networking.x-k8s.io", "XBackend"));
    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("True/ResolvedRefs");
    assertThat(world.statuses()).containsKey(far);
  }

  private static String grant(String group, String kind) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: ReferenceGrant
    metadata: {name: g, namespace: other}
    spec:
      from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
      to: [{group: %s, kind: %s}]
    """
        .formatted(group, kind);
  }

  @Test
  void theExampleIsUnderstood() throws Exception {
    World world = new World(World.BASE, Files.readString(Path.of("../examples/xbackend.yaml")));

    assertThat(world.resource("service/shop/checkout.xbackend").getService().getPortsList())
        .extracting(Service.Port::getAppProtocol)
        .containsExactly(AppProtocol.APP_PROTOCOL_HTTP2);
    assertThat(world.resource("traffic/shop/checkout.xbackend").getTraffic().getSession().getName())
        .isEqualTo("checkout");
  }

  @Test
  void nobodyReachesItByTheNameOfAService() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            backend("cart", ""),
            route(
                "HTTPRoute", "{name: gw, sectionName: http}", "{name: cart.xbackend, port: 8080}"));

    assertThat(resolved(world, Kind.HTTP_ROUTE)).isEqualTo("False/BackendNotFound");
  }

  @Test
  void tlsIsSpokenToItByTheMeshToo() {
    World world =
        new World(
            World.BASE,
            backend(
                "cart",
                ", protocol: HTTP2, tls: {mode: ServerOnly, validation:"
                    + " {hostname: cart.example, wellKnownCACertificates: System}}"));

    Resource made = world.resource("backendtls/shop/cart.xbackend");
    assertThat(made.getBackendTls().getMesh()).isTrue();
    assertThat(made.getBackendTls().getPorts(0).getPort()).isZero();
    assertThat(made.getBackendTls().getPorts(0).getValidation().getHostname())
        .isEqualTo("cart.example");
  }

  @Test
  void sessionsAndPoliciesOfItAreSettings() {
    String policy =
        """
        apiVersion: gateway.networking.x-k8s.io/v1alpha1
        kind: XBackendTrafficPolicy
        metadata: {name: p, namespace: shop}
        spec:
          targetRefs: [{group: gateway.networking.x-k8s.io, kind: XBackend, name: cart}]
          retryConstraint: {}
          sessionPersistence: {cookie: {name: policys}}
        """;
    World world =
        new World(
            World.BASE, policy, backend("cart", ", sessionPersistence: {cookie: {name: own}}"));

    assertThat(world.resource("traffic/shop/cart.xbackend").getTraffic())
        .satisfies(
            settings -> {
              assertThat(settings.getServiceName()).isEqualTo("cart.xbackend");
              assertThat(settings.getSession().getName()).isEqualTo("own");
              assertThat(settings.getRetryBudgetIntervalMs()).isEqualTo(10_000);
            });
    assertThat(policyMessage(world)).contains("the XBackend has its own");

    world.apply(backend("cart", ""));
    assertThat(world.resource("traffic/shop/cart.xbackend").getTraffic().getSession().getName())
        .isEqualTo("policys");
    assertThat(policyMessage(world)).contains("deprecated");

    world.remove(Kind.X_BACKEND, "shop", "cart");
    assertThat(world.resources().keySet()).noneMatch(name -> name.contains("cart.xbackend"));
  }

  private static String policyMessage(World world) {
    ObjectStatus.OfPolicy status =
        (ObjectStatus.OfPolicy)
            world.status(Kind.BACKEND_TRAFFIC_POLICY, "shop", "p", Programmed.NOTHING);
    return status.ancestors().getFirst().conditions().getFirst().message();
  }
}
