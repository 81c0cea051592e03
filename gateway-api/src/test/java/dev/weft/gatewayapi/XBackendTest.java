package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.HttpRule;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GEP-4731: Pods as a backend, without a Service. */
class XBackendTest {
  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop}
      spec: {gatewayClassName: weft, listeners: [{name: http, port: 80, protocol: HTTP}]}
      """;

  private static String backend(String namespace, String fields) {
    return """
    apiVersion: gateway.networking.x-k8s.io/v1alpha1
    kind: XBackend
    metadata: {name: picked, namespace: %s, generation: 3}
    spec: {port: {number: 8080}%s}
    """
        .formatted(namespace, fields);
  }

  private static String selecting(String more) {
    return backend(
        "shop", ", type: EndpointSelector, endpointSelector: {matchLabels: {app: web}}" + more);
  }

  private static String pod(String name, String labels, String address, boolean ready) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: shop, labels: {%s}}
    spec: {nodeName: n1, containers: [{name: c}]}
    status: {phase: Running, podIP: %s, conditions: [{type: Ready, status: "%s"}]}
    """
        .formatted(name, labels, address, ready ? "True" : "False");
  }

  private static String route(String rule) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r, namespace: shop}
    spec:
      parentRefs: [{name: edge}]
      rules: [{%s}]
    """
        .formatted(rule);
  }

  private static final String REF =
      "{group: gateway.networking.x-k8s.io, kind: XBackend, name: picked}";

  private static World world(String... yamls) {
    return new World(World.BASE, GATEWAY).apply(yamls);
  }

  private static HttpRule rule(World world) {
    return world.resource("httproute/shop/r").getHttpRoute().getRules(0);
  }

  private static String resolved(World world) {
    return World.condition(
        world.parents(Kind.HTTP_ROUTE, "shop", "r").getFirst().conditions(), "ResolvedRefs");
  }

  private static List<ObjectStatus.OfAncestor> ancestors(World world, Programmed programmed) {
    return ((ObjectStatus.OfPolicy) world.status(Kind.X_BACKEND, "shop", "picked", programmed))
        .ancestors();
  }

  @Test
  void selectedPodsAreTheEndpointsOfAServiceWithoutAnAddress() {
    World world =
        world(
            selecting(""),
            pod("a", "app: web, v: one", "10.0.0.1", true),
            pod("b", "app: web", "10.0.0.2", false),
            pod("c", "app: other", "10.0.0.3", true),
            route("backendRefs: [" + REF + "]"));

    dev.weft.api.v1.Service service = world.resource("service/shop/picked.xbackend").getService();
    assertThat(service.getAddressesList()).isEmpty();
    assertThat(service.getPorts(0).getPort()).isEqualTo(8080);
    List<Endpoints.Endpoint> endpoints =
        world.resource("endpoints/shop/picked.xbackend").getEndpoints().getEndpointsList();
    assertThat(endpoints)
        .extracting(Endpoints.Endpoint::getWorkload, Endpoints.Endpoint::getServing)
        .containsExactly(tuple("shop/a", true), tuple("shop/b", false));
    Backend backend = rule(world).getBackends(0);
    assertThat(backend.getService().getName()).isEqualTo("picked.xbackend");
    assertThat(backend.getService().getPort()).isEqualTo(8080);
    assertThat(resolved(world)).isEqualTo("True/ResolvedRefs");

    world.apply(pod("b", "app: web", "10.0.0.2", true)).remove(Kind.POD, "shop", "a");
    assertThat(world.resource("endpoints/shop/picked.xbackend").getEndpoints().getEndpointsList())
        .extracting(Endpoints.Endpoint::getWorkload)
        .containsExactly("shop/b");
  }

  @Test
  void itsStatusNamesTheGatewaysThatReachIt() {
    World world = world(selecting(""));
    assertThat(ancestors(world, Programmed.NOTHING)).isEmpty();

    world.apply(route("backendRefs: [" + REF + "]"));
    ObjectStatus.OfAncestor gateway = ancestors(world, Programmed.NOTHING).getFirst();
    assertThat(gateway.ancestorRef().name()).isEqualTo("edge");
    assertThat(World.condition(gateway.conditions(), "Accepted")).isEqualTo("True/Accepted");
    assertThat(gateway.conditions().getFirst().observedGeneration()).isEqualTo(3);
    Programmed acked = new Programmed(Set.of("service/shop/picked.xbackend"), Map.of());
    assertThat(World.condition(ancestors(world, acked).getFirst().conditions(), Programmed.TYPE))
        .isEqualTo("True/Programmed");

    world.remove(Kind.X_BACKEND, "shop", "picked");
    assertThat(world.resources()).doesNotContainKey("service/shop/picked.xbackend");
    assertThat(world.statuses()).doesNotContainKey(new ObjectRef(Kind.X_BACKEND, "shop", "picked"));
    assertThat(resolved(world)).isEqualTo("False/BackendNotFound");
    assertThat(rule(world).getBackends(0).getInvalid()).contains("XBackend shop/picked");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "type: ExternalHostname, externalHostname: {hostname: example.com}; ExternalHostname",
        "type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}, protocol: MCP; MCP",
        "'type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}, tls: {mode: ClientAndServer,"
            + " clientCertificateRef: {name: c}, validation: {hostname: a.b, wellKnownCACertificates:"
            + " System}}'; ClientAndServer"
      })
  void whatCannotBeDoneIsRefusedWithAReason(String fields, String named) {
    World world = world(backend("shop", ", " + fields), route("backendRefs: [" + REF + "]"));

    assertThat(world.resources()).doesNotContainKey("service/shop/picked.xbackend");
    assertThat(resolved(world)).isEqualTo("False/BackendNotFound");
    assertThat(rule(world).getBackends(0).getInvalid()).contains(named);
    world.apply(
        route("backendRefs: [{name: web, port: 80}]")); // nobody reaches it, and it still is wrong
    assertThat(ancestors(world, Programmed.NOTHING)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP, HTTP",
    "HTTP11, HTTP",
    "H2C, HTTP2",
    "GRPC, HTTP2",
    "TCP, TCP",
  })
  void protocolsAreWhatAPortWouldSay(String protocol, String spoken) {
    World world = world(selecting(", protocol: " + protocol));

    assertThat(
            world
                .resource("service/shop/picked.xbackend")
                .getService()
                .getPorts(0)
                .getAppProtocol())
        .isEqualTo(AppProtocol.valueOf("APP_PROTOCOL_" + spoken));
  }

  @Test
  void tlsIsItsOwn() {
    World world =
        world(
            selecting(
                ", protocol: HTTP2, tls: {mode: ServerOnly, validation: {hostname: web.example,"
                    + " wellKnownCACertificates: System}}"),
            route("backendRefs: [" + REF + "]"));

    assertThat(
            world
                .resource("backendtls/shop/picked.xbackend")
                .getBackendTls()
                .getPorts(0)
                .getValidation()
                .getHostname())
        .isEqualTo("web.example");
    assertThat(resolved(world)).isEqualTo("True/ResolvedRefs");
  }

  @Test
  void anotherNamespacesIsGrantedByItsKind() {
    String foreign =
        "{group: gateway.networking.x-k8s.io, kind: XBackend, name: picked, namespace: other}";
    World world =
        world(
            backend("other", ", type: EndpointSelector, endpointSelector: {matchLabels: {a: b}}"),
            route("backendRefs: [" + foreign + "]"));
    assertThat(resolved(world)).isEqualTo("False/RefNotPermitted");

    String grant =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ReferenceGrant
        metadata: {name: g, namespace: other}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
          to: [{group: "%s", kind: %s}]
        """;
    world.apply(grant.formatted("", "Service"));
    assertThat(resolved(world)).isEqualTo("False/RefNotPermitted");
    world.apply(grant.formatted("gateway.networking.x-k8s.io", "XBackend"));
    assertThat(resolved(world)).isEqualTo("True/ResolvedRefs");
  }

  @Test
  void aPortThatItDoesNotHaveIsNone() {
    World world =
        world(selecting(""), route("backendRefs: [" + REF.replace("}", ", port: 9}") + "]"));

    assertThat(resolved(world)).isEqualTo("False/BackendNotFound");
  }

  private static final String SESSION =
      ", sessionPersistence: {type: Header, header: {name: X-Session}}";

  @Test
  void sessionsOfTheOnlyBackendAreTheRules() {
    World world = world(selecting(SESSION), route("backendRefs: [" + REF + "]"));

    assertThat(rule(world).getSession().getName()).isEqualTo("x-session");

    world.apply(
        route(
            "sessionPersistence: {type: Header, header: {name: X-Rule}}, backendRefs: ["
                + REF
                + "]"));
    assertThat(rule(world).getSession().getName()).as("the rule's word").isEqualTo("x-rule");
  }

  @Test
  void sessionsOfOneBackendOfSeveralAreSaidToHaveNoEffect() {
    World world =
        world(selecting(SESSION), route("backendRefs: [" + REF + ", {name: web, port: 80}]"));

    assertThat(rule(world).hasSession()).isFalse();
    assertThat(
            world.parents(Kind.HTTP_ROUTE, "shop", "r").getFirst().conditions().stream()
                .filter(condition -> condition.type().equals("Accepted"))
                .findFirst()
                .orElseThrow()
                .message())
        .contains("sessionPersistence");

    world.apply(route("backendRefs: [" + REF + ", {name: web, port: 80, weight: 0}]"));
    assertThat(rule(world).hasSession()).as("nothing goes to the other").isTrue();
  }

  @Test
  void theExampleIsUnderstood() throws Exception {
    World world = new World(World.BASE, Files.readString(Path.of("../examples/xbackend.yaml")));

    assertThat(
            world
                .resource("service/shop/checkout.xbackend")
                .getService()
                .getPorts(0)
                .getAppProtocol())
        .isEqualTo(AppProtocol.APP_PROTOCOL_HTTP2);
  }
}
