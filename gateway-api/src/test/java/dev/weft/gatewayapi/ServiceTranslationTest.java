package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Service;
import dev.weft.resources.Kind;
import dev.weft.resources.Protocol;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceTranslationTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: api, namespace: shop}
      spec:
        clusterIP: 10.96.1.1
        selector: {app: api}
        sessionAffinity: ClientIP
        ports:
        - {name: http, port: 80, targetPort: web}
        - {name: plain, port: 81}
        - {name: db, port: 82, appProtocol: tcp}
        - {name: dns, port: 53, protocol: UDP}
      """;

  private static String pod(String namespace, String name) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: %s, labels: {app: api}}
    spec: {nodeName: n1, containers: [{name: c}]}
    """
        .formatted(name, namespace);
  }

  private static String slice(String name, String endpoints, String ports) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: %s, namespace: shop, labels: {kubernetes.io/service-name: api}}
    addressType: IPv4
    endpoints: [%s]
    ports: [%s]
    """
        .formatted(name, endpoints, ports);
  }

  private static String policy(String spec) {
    return """
    apiVersion: weft.dev/v1alpha1
    kind: AuthorizationPolicy
    metadata: {name: p, namespace: shop}
    spec: %s
    """
        .formatted(spec);
  }

  private static String route(String parent) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r, namespace: shop}
    spec: {parentRefs: [{group: "", kind: Service, name: api%s}]}
    """
        .formatted(parent);
  }

  private static Service api(World world) {
    return world.resource("service/shop/api").getService();
  }

  /** Names of the ports that are the proxy's business. */
  private static String l7(World world) {
    return api(world).getPortsList().stream()
        .filter(Service.Port::getL7)
        .map(Service.Port::getName)
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // appProtocol, port name, protocol, expected
        "http, x, TCP, HTTP",
        "HTTP, x, TCP, HTTP",
        "kubernetes.io/h2c, http, TCP, HTTP2",
        "grpc, x, TCP, HTTP2",
        "kubernetes.io/ws, x, TCP, WEBSOCKET",
        "https, x, TCP, TLS",
        "tcp, http, TCP, TCP",
        "mysql, http, TCP, TCP",
        "example.com/own, http, TCP, TCP",
        "-, http, TCP, HTTP",
        "-, http-metrics, TCP, HTTP",
        "-, httpx, TCP, UNSPECIFIED",
        "-, grpc-api, TCP, HTTP2",
        "-, h2c, TCP, HTTP2",
        "-, https, TCP, TLS",
        "-, tcp-raw, TCP, TCP",
        "-, web, TCP, UNSPECIFIED",
        "-, -, TCP, UNSPECIFIED",
        "-, http, UDP, UNSPECIFIED",
      })
  void portsSayWhatTheySpeak(String app, String name, Protocol protocol, String expected) {
    var port =
        new dev.weft.resources.Service.Port(
            name == null ? "" : name, protocol, 80, null, app == null ? "" : app, 0);

    assertThat(AppProtocols.of(port)).isEqualTo(AppProtocol.valueOf("APP_PROTOCOL_" + expected));
  }

  @Test
  void withoutRoutesAndPoliciesNothingIsTheProxys() {
    World world = new World(SERVICE);

    assertThat(l7(world)).isEmpty();
    assertThat(api(world).getClientIpAffinity()).isTrue();
    assertThat(api(world).getAddresses(0).toByteArray()).containsExactly(10, 96, 1, 1);
    assertThat(api(world).getPorts(1).getTargetPort()).isEqualTo(81);
    assertThat(api(world).getPorts(3).getUdp()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | http plain",
        ", port: 80 | http",
        ", port: 81 | plain",
        ", port: 82 | ``",
        ", sectionName: plain | plain",
      })
  void aRouteMakesItsPortsTheProxys(String parent, String expected) {
    World world = new World(SERVICE, route(parent));
    assertThat(l7(world)).isEqualTo(expected);

    world.remove(Kind.HTTP_ROUTE, "shop", "r");
    assertThat(l7(world)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // a policy on the Service itself can only be held by the proxy
        "{targetRefs: [{kind: Service, name: api}], rules: []} | http plain db",
        "{targetRefs: [{kind: Service, name: else}], rules: [{to: [{operation: {methods: [GET]}}]}]} | ``",
        // one on its Pods matters where it reads requests and HTTP is spoken
        "{rules: [{to: [{operation: {methods: [GET]}}]}]} | http",
        "{rules: [{to: [{operation: {notPaths: [/a]}}]}]} | http",
        "{rules: [{when: ['request.host == \"a\"']}]} | http",
        "{rules: [{when: ['source.namespace == \"a\"']}]} | ``",
        "{rules: [{from: [{source: {namespaces: [a]}}], to: [{operation: {ports: ['80']}}]}]} | ``",
        "{selector: {matchLabels: {app: api}}, rules: [{to: [{operation: {hosts: [a]}}]}]} | http",
        "{selector: {matchLabels: {app: other}}, rules: [{to: [{operation: {hosts: [a]}}]}]} | ``",
      })
  void aPolicyMakesPortsTheProxys(String spec, String expected) {
    assertThat(l7(new World(SERVICE, pod("shop", "a"), policy(spec)))).isEqualTo(expected);
  }

  @Test
  void endpointsAreOfTheServicesPortsByName() {
    World world =
        new World(
            SERVICE,
            pod("shop", "a"),
            slice(
                "s1",
                "{addresses: [10.244.1.9], targetRef: {name: a}}, {addresses: [192.0.2.1]}",
                "{name: http, port: 8080}, {name: dns, port: 5353, protocol: UDP},"
                    + " {name: stranger, port: 1}"),
            slice("s2", "{addresses: [10.244.1.10]}", "{name: http, port: 8081}"));

    assertThat(
            world.resource("endpoints/shop/api").getEndpoints().getEndpointsList().stream()
                .map(
                    each ->
                        each.getServicePort()
                            + " "
                            + each.getAddress().byteAt(3)
                            + ":"
                            + each.getPort()
                            + (each.getUdp() ? " udp " : " ")
                            + each.getWorkload()
                            + each.getServing()))
        .containsExactly(
            "80 9:8080 shop/atrue",
            "80 10:8081 true",
            "80 1:8080 true",
            "53 9:5353 udp shop/atrue",
            "53 1:5353 udp true");
    assertThat(api(world).getPorts(0).getTargetPort()).as("a name that means two numbers").isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // conditions of two endpoints | which serve (KEP-1669)
        "{ready: true} | {ready: true} | true | true",
        "{ready: true} | {ready: false} | true | false",
        "{} | {ready: false} | true | false",
        "{ready: false} | {ready: false} | false | false",
        "{ready: true} | {ready: false, serving: true, terminating: true} | true | false",
        "{ready: false} | {ready: false, serving: true, terminating: true} | false | true",
        "{ready: false, serving: false, terminating: true} | {ready: false, serving: true, terminating: true} | false | true",
        "{ready: true, serving: true, terminating: true} | {ready: true} | false | true",
      })
  void terminatingEndpointsServeOnlyWhenNoReadyOneIsLeft(
      String first, String second, boolean firstServes, boolean secondServes) {
    World world =
        new World(
            SERVICE,
            slice(
                "s",
                "{addresses: [10.0.0.1], conditions: %s}, {addresses: [10.0.0.2], conditions: %s}"
                    .formatted(first, second),
                "{name: http, port: 1}"));

    assertThat(world.resource("endpoints/shop/api").getEndpoints().getEndpointsList())
        .extracting(dev.weft.api.v1.Endpoints.Endpoint::getServing)
        .containsExactly(firstServes, secondServes);
  }

  @Test
  void aPortIsStrictWhenAnEndpointsNamespaceIs() {
    String slice =
        slice("s", "{addresses: [10.0.0.1], targetRef: {name: a}}", "{name: http, port: 7}");
    World world = new World(World.BASE, SERVICE, pod("shop", "a"), slice);
    assertThat(api(world).getPortsList()).noneMatch(Service.Port::getStrict);
    assertThat(api(world).getPorts(0).getTargetPort()).as("a name, one number").isEqualTo(7);

    world.apply(
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {weft.dev/mtls: strict}}}");

    assertThat(api(world).getPortsList())
        .extracting(Service.Port::getStrict)
        .containsExactly(true, false, false, false);
  }

  @Test
  void externalNamesAreNoServicesOfTheMesh() {
    World world =
        new World(
            "{apiVersion: v1, kind: Service, metadata: {name: e, namespace: shop},"
                + " spec: {type: ExternalName, externalName: example.com}}");

    assertThat(world.resources()).isEmpty();
  }
}
