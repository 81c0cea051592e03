package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Gateway.Protocol;
import dev.weft.api.v1.L4Route;
import dev.weft.resources.Gateway;
import dev.weft.resources.Kind;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLSRoutes, TCPRoutes, UDPRoutes and their listeners. */
class L4RouteTest {
  private static Pem pem;

  @BeforeAll
  static void generate() throws Exception {
    pem = Pem.of("EC");
  }

  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop, generation: 3}
      spec:
        gatewayClassName: weft
        listeners:
        - {name: http, port: 80, protocol: HTTP}
        - {name: https, port: 443, protocol: HTTPS, hostname: www.a.com, tls: {certificateRefs: [{name: cert}]}}
        - {name: ends, port: 443, protocol: TLS, hostname: ends.a.com, tls: {mode: Terminate, certificateRefs: [{name: cert}]}}
        - {name: pass, port: 443, protocol: TLS, hostname: "*.pass.com", tls: {mode: Passthrough}}
        - {name: tcp, port: 9000, protocol: TCP}
        - {name: tcp-too, port: 9001, protocol: TCP}
        - {name: udp, port: 9000, protocol: UDP}
        - {name: dns, port: 53, protocol: UDP}
        - {name: clash, port: 53, protocol: TCP}
        - {name: clash-http, port: 53, protocol: HTTP}
      """;

  private static final String BACKENDS =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: dns, namespace: shop}
      spec:
        clusterIP: 10.96.0.53
        ports:
        - {name: dns, port: 53, protocol: UDP}
        - {name: both, port: 54, protocol: UDP}
        - {name: both-tcp, port: 54}
      """;

  private static World world(String... more) {
    String secret = Pem.secret("shop", "cert", pem.certificate(), pem.pkcs8());
    return new World(World.BASE, GATEWAY, BACKENDS, secret).apply(more);
  }

  private static String route(String kind, String parent, String hostnames, String backend) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: %s
    metadata: {name: r, namespace: shop, generation: 7, creationTimestamp: "2026-01-01T00:00:05Z"}
    spec:
      parentRefs: [%s]
    %s  rules:
      - backendRefs: [%s]
    """
        .formatted(
            kind, parent, hostnames.isEmpty() ? "" : "  hostnames: [" + hostnames + "]\n", backend);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        // kind | parent | hostnames | Accepted | listeners
        "TLSRoute | {name: edge}                    | ends.a.com          | True/Accepted | ends",
        "TLSRoute | {name: edge}                    | \"*.a.com\"           | True/Accepted | ends",
        "TLSRoute | {name: edge}                    | a.pass.com,ends.a.com | True/Accepted | ends pass",
        "TLSRoute | {name: edge, sectionName: pass} | b.com               | False/NoMatchingListenerHostname | -",
        "TLSRoute | {name: edge, sectionName: pass} | pass.com            | False/NoMatchingListenerHostname | -",
        "TLSRoute | {name: edge, sectionName: https} | www.a.com          | False/NotAllowedByListeners | -",
        "TLSRoute | {name: edge, sectionName: http} | www.a.com           | False/NotAllowedByListeners | -",
        "TLSRoute | {name: edge, sectionName: tcp}  | www.a.com           | False/NotAllowedByListeners | -",
        "TLSRoute | {name: edge, sectionName: nope} | www.a.com           | False/NoMatchingParent | -",
        "TCPRoute | {name: edge}                    | -                   | True/Accepted | ends tcp tcp-too",
        "TCPRoute | {name: edge, port: 9001}        | -                   | True/Accepted | tcp-too",
        "TCPRoute | {name: edge, port: 9000, sectionName: tcp} | -        | True/Accepted | tcp",
        "TCPRoute | {name: edge, port: 9001, sectionName: tcp} | -        | False/NoMatchingParent | -",
        "TCPRoute | {name: edge, sectionName: pass} | -                   | False/NotAllowedByListeners | -",
        "TCPRoute | {name: edge, sectionName: udp}  | -                   | False/NotAllowedByListeners | -",
        "TCPRoute | {name: edge, sectionName: clash} | -                  | False/NoMatchingParent | -",
        "UDPRoute | {name: edge}                    | -                   | True/Accepted | udp dns",
        "UDPRoute | {name: edge, port: 53}          | -                   | True/Accepted | dns",
        "UDPRoute | {name: edge, port: 9000}        | -                   | True/Accepted | udp",
        "UDPRoute | {name: edge, sectionName: tcp}  | -                   | False/NotAllowedByListeners | -",
        "TCPRoute | {group: '', kind: Service, name: web} | -             | False/UnsupportedValue | -",
      })
  void attach(String kind, String parent, String hostnames, String accepted, String attached) {
    String backend = kind.equals("UDPRoute") ? "{name: dns, port: 53}" : "{name: web, port: 80}";
    World world = world(route(kind, parent, hostnames == null ? "" : hostnames, backend));

    var parents = world.parents(Objects.requireNonNull(Kind.named(kind)), "shop", "r");

    assertThat(parents).hasSize(1);
    assertThat(World.condition(parents.getFirst().conditions(), "Accepted")).isEqualTo(accepted);
    assertThat(World.condition(parents.getFirst().conditions(), "ResolvedRefs"))
        .isEqualTo("True/ResolvedRefs");
    assertThat(parents.getFirst().conditions())
        .allSatisfy(condition -> assertThat(condition.observedGeneration()).isEqualTo(7));
    String name = kind.toLowerCase(java.util.Locale.ROOT) + "/shop/r";
    if (attached == null) {
      assertThat(world.resources()).doesNotContainKey(name);
    } else {
      assertThat(
              world.resource(name).getL4Route().getAttachmentsList().stream()
                  .map(attachment -> attachment.getListener().getListener()))
          .containsExactly(attached.split(" ", -1));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // kind | backend | ResolvedRefs | resource
        "TCPRoute | {name: web, port: 80} | True/ResolvedRefs | shop/web:80",
        "TCPRoute | {name: nope, port: 80} | False/BackendNotFound | BackendNotFound",
        "TCPRoute | {name: web, port: 81} | False/BackendNotFound | BackendNotFound",
        "TCPRoute | {name: dns, port: 53} | False/BackendNotFound | BackendNotFound",
        "TCPRoute | {name: dns, port: 54} | True/ResolvedRefs | shop/dns:54",
        "TCPRoute | {group: some.io, kind: Thing, name: web} | False/InvalidKind | InvalidKind",
        "TCPRoute | {name: web, namespace: other, port: 80} | False/RefNotPermitted | RefNotPermitted",
        "UDPRoute | {name: dns, port: 53} | True/ResolvedRefs | shop/dns:53",
        "UDPRoute | {name: dns, port: 54} | True/ResolvedRefs | shop/dns:54",
        "UDPRoute | {name: web, port: 80} | False/BackendNotFound | BackendNotFound",
      })
  void resolveBackends(String kind, String backend, String resolved, String made) {
    World world = world(route(kind, "{name: edge}", "", backend));

    var parents = world.parents(Objects.requireNonNull(Kind.named(kind)), "shop", "r");

    assertThat(World.condition(parents.getFirst().conditions(), "Accepted"))
        .isEqualTo("True/Accepted");
    assertThat(World.condition(parents.getFirst().conditions(), "ResolvedRefs"))
        .isEqualTo(resolved);
    Backend only =
        world
            .resource(kind.toLowerCase(java.util.Locale.ROOT) + "/shop/r")
            .getL4Route()
            .getBackends(0);
    String described =
        only.hasService()
            ? only.getService().getNamespace()
                + "/"
                + only.getService().getName()
                + ":"
                + only.getService().getPort()
            : only.getInvalid();
    assertThat(described).startsWith(made);
  }

  @Test
  void aGrantOpensAndItsEndCloses() {
    String grant =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ReferenceGrant
        metadata: {name: g, namespace: other}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: TCPRoute, namespace: shop}]
          to: [{group: "", kind: Service}]
        """;
    World world =
        world(
            route("TCPRoute", "{name: edge}", "", "{name: web, namespace: other, port: 80}"),
            grant);
    assertThat(world.resource("tcproute/shop/r").getL4Route().getBackends(0).hasService()).isTrue();

    world.remove(Kind.REFERENCE_GRANT, "other", "g");

    assertThat(world.resource("tcproute/shop/r").getL4Route().getBackends(0).getInvalid())
        .startsWith("RefNotPermitted");
    assertThat(
            World.condition(
                world.parents(Kind.TCP_ROUTE, "shop", "r").getFirst().conditions(), "ResolvedRefs"))
        .isEqualTo("False/RefNotPermitted");
  }

  @Test
  void weightsTravelWithInvalidBackends() {
    World world =
        world(
            route(
                "TCPRoute",
                "{name: edge}",
                "",
                "{name: web, port: 80, weight: 70}, {name: nope, port: 1, weight: 30}, {name: gone, port: 1, weight: 0}"));

    L4Route route = world.resource("tcproute/shop/r").getL4Route();

    assertThat(route.getKind()).isEqualTo(L4Route.Kind.KIND_TCP);
    assertThat(route.getCreatedAtMs()).isEqualTo(1_767_225_605_000L);
    assertThat(route.getBackendsList().stream().map(Backend::getWeight)).containsExactly(70, 30, 0);
    assertThat(route.getBackends(1).getInvalid()).startsWith("BackendNotFound");
  }

  @Test
  void bothOfTwoRoutesOnOnePortCount() {
    String second =
        route("TCPRoute", "{name: edge, sectionName: tcp}", "", "{name: web, port: 80}")
            .replace("name: r,", "name: second,");
    World world =
        world(
            route("TCPRoute", "{name: edge, sectionName: tcp}", "", "{name: web, port: 80}"),
            second);

    assertThat(world.listener("edge", "tcp").attachedRoutes()).isEqualTo(2);
    for (String name : List.of("r", "second")) {
      assertThat(
              World.condition(
                  world.parents(Kind.TCP_ROUTE, "shop", name).getFirst().conditions(), "Accepted"))
          .isEqualTo("True/Accepted");
    }
  }

  @Test
  void severalRulesMeanNothing() {
    World world =
        world(
            route("TCPRoute", "{name: edge}", "", "{name: web, port: 80}")
                + "  - backendRefs: [{name: web, port: 80}]\n");

    assertThat(
            World.condition(
                world.parents(Kind.TCP_ROUTE, "shop", "r").getFirst().conditions(), "Accepted"))
        .isEqualTo("False/UnsupportedValue");
    assertThat(world.resources()).doesNotContainKey("tcproute/shop/r");
    assertThat(world.listener("edge", "tcp").attachedRoutes()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "http, HTTPRoute GRPCRoute, True/Accepted, PROTOCOL_HTTP",
    "https, HTTPRoute GRPCRoute, True/Accepted, PROTOCOL_HTTPS",
    "ends, TLSRoute TCPRoute, True/Accepted, PROTOCOL_TLS",
    "pass, TLSRoute, True/Accepted, PROTOCOL_TLS_PASSTHROUGH",
    "tcp, TCPRoute, True/Accepted, PROTOCOL_TCP",
    "udp, UDPRoute, True/Accepted, PROTOCOL_UDP",
    "dns, UDPRoute, True/Accepted, PROTOCOL_UDP",
    "clash, TCPRoute, False/ProtocolConflict, -",
    "clash-http, HTTPRoute GRPCRoute, False/ProtocolConflict, -",
  })
  void listeners(String name, String kinds, String accepted, String protocol) {
    World world = world();

    var listener = world.listener("edge", name);

    assertThat(
            Objects.requireNonNull(listener.supportedKinds()).stream().map(Gateway.RouteKind::kind))
        .containsExactly(kinds.split(" ", -1));
    assertThat(World.condition(listener.conditions(), "Accepted")).isEqualTo(accepted);
    List<Protocol> sent =
        world.resource("gateway/shop/edge").getGateway().getListenersList().stream()
            .filter(each -> each.getName().equals(name))
            .map(dev.weft.api.v1.Gateway.Listener::getProtocol)
            .toList();
    assertThat(sent)
        .isEqualTo(protocol.equals("-") ? List.of() : List.of(Protocol.valueOf(protocol)));
  }

  @ParameterizedTest
  @CsvSource({
    "'{mode: Passthrough}', TLSRoute TCPRoute, TLSRoute, False/InvalidRouteKinds",
    "'{mode: Passthrough}', TLSRoute, TLSRoute, True/ResolvedRefs",
    "'{mode: Terminate, certificateRefs: [{name: cert}]}', TLSRoute, TLSRoute, True/ResolvedRefs",
    "'{mode: Terminate, certificateRefs: [{name: cert}]}', UDPRoute, '', False/InvalidRouteKinds",
    "'{mode: Terminate, certificateRefs: [{name: none}]}', TLSRoute, TLSRoute, False/InvalidCertificateRef",
  })
  void kindsOfTlsListeners(String tls, String asked, String supported, String resolved) {
    String gateway =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: tls, namespace: shop}
        spec:
          gatewayClassName: weft
          listeners:
          - {name: l, port: 443, protocol: TLS, tls: %s, allowedRoutes: {kinds: [%s]}}
        """
            .formatted(tls, "{kind: " + asked.replace(" ", "}, {kind: ") + "}");
    World world = world(gateway);

    var listener = world.listener("tls", "l");

    assertThat(
            Objects.requireNonNull(listener.supportedKinds()).stream()
                .map(Gateway.RouteKind::kind)
                .collect(java.util.stream.Collectors.joining(" ")))
        .isEqualTo(supported);
    assertThat(World.condition(listener.conditions(), "ResolvedRefs")).isEqualTo(resolved);
  }
}
