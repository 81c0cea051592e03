package dev.weft.routing;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.Resource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listeners whose traffic nobody reads. */
class L4RoutesTest {
  private static final Resource GATEWAY =
      Fixtures.gateway(
          "infra",
          "edge",
          "10.9.9.9",
          Fixtures.listener("exact", Gateway.Protocol.PROTOCOL_TLS_PASSTHROUGH, 443, "abc.a.com"),
          Fixtures.listener("wild", Gateway.Protocol.PROTOCOL_TLS, 443, "*.a.com"),
          Fixtures.listener("tcp", Gateway.Protocol.PROTOCOL_TCP, 53, ""),
          Fixtures.listener("udp", Gateway.Protocol.PROTOCOL_UDP, 53, ""));

  private static Resource route(
      L4Route.Kind kind, String name, long created, String listener, String... hostnames) {
    return route(kind, name, created, listener, Fixtures.backend(name, 1), hostnames);
  }

  private static Resource route(
      L4Route.Kind kind,
      String name,
      long created,
      String listener,
      Backend backend,
      String... hostnames) {
    String prefix =
        switch (kind) {
          case KIND_TLS -> "tlsroute";
          case KIND_TCP -> "tcproute";
          default -> "udproute";
        };
    return Resource.newBuilder()
        .setName(prefix + "/shop/" + name)
        .setL4Route(
            L4Route.newBuilder()
                .setKind(kind)
                .setNamespace("shop")
                .setName(name)
                .setCreatedAtMs(created)
                .addBackends(backend)
                .addAttachments(Fixtures.toListener("infra", "edge", listener, hostnames)))
        .build();
  }

  private static String decide(ProxyTables tables, int port, boolean udp, String serverName) {
    int address = Ipv4.parse("10.9.9.9");
    Target target = udp ? tables.datagramTarget(address, port) : tables.target(address, port);
    if (!(target instanceof Target.GatewayTarget(GatewayPort gateway))) {
      return "nothing";
    }
    GatewayListener listener = gateway.listener(serverName);
    L4Rule rule = listener == null ? null : listener.l4().rule(serverName);
    return rule == null ? "no route" : rule.id();
  }

  @ParameterizedTest
  @CsvSource({
    "abc.a.com, tlsroute/shop/wide/0",
    "x.a.com, tlsroute/shop/x/0",
    "y.a.com, tlsroute/shop/older/0",
    "z.y.a.com, tlsroute/shop/older/0",
    "a.com, no route",
    "b.com, no route",
    "'', no route",
  })
  void theServerNameChoosesListenerAndRoute(String serverName, String expected) {
    ProxyTables tables =
        ProxyTables.compile(
            Fixtures.view(
                GATEWAY,
                route(L4Route.Kind.KIND_TLS, "wide", 9, "exact", "*.com"),
                route(L4Route.Kind.KIND_TLS, "newer", 8, "wild", "*.a.com"),
                route(L4Route.Kind.KIND_TLS, "older", 7, "wild", "*.a.com"),
                route(L4Route.Kind.KIND_TLS, "x", 9, "wild", "x.a.com")));

    assertThat(decide(tables, 443, false, serverName)).isEqualTo(expected);
  }

  @Test
  void tcpAndUdpOfOnePortAreApart() {
    ProxyTables tables =
        ProxyTables.compile(
            Fixtures.view(
                GATEWAY,
                route(L4Route.Kind.KIND_TCP, "t", 1, "tcp"),
                route(L4Route.Kind.KIND_UDP, "u", 1, "udp"),
                route(L4Route.Kind.KIND_TCP, "wrong", 0, "udp")));

    assertThat(decide(tables, 53, false, "")).isEqualTo("tcproute/shop/t/0");
    assertThat(decide(tables, 53, true, "")).isEqualTo("udproute/shop/u/0");
    assertThat(decide(tables, 443, true, "")).isEqualTo("nothing");
  }

  @Test
  void theOldestRouteHasThePortAndTheNextOneInheritsIt() {
    MeshView both =
        Fixtures.view(
            GATEWAY,
            route(L4Route.Kind.KIND_TCP, "b", 5, "tcp"),
            route(L4Route.Kind.KIND_TCP, "a", 6, "tcp"),
            route(L4Route.Kind.KIND_TCP, "c", 5, "tcp"));
    ProxyTables tables = ProxyTables.compile(both);
    assertThat(decide(tables, 53, false, "")).isEqualTo("tcproute/shop/b/0");

    tables = ProxyTables.compile(both.with(List.of(), List.of("tcproute/shop/b")), tables);
    assertThat(decide(tables, 53, false, "")).isEqualTo("tcproute/shop/c/0");

    tables =
        ProxyTables.compile(
            both.with(List.of(), List.of("tcproute/shop/a", "tcproute/shop/b", "tcproute/shop/c")),
            tables);
    assertThat(decide(tables, 53, false, "")).isEqualTo("no route");
  }

  @Test
  void aRefusedRouteKeepsItsPlaceAndClosesWhatItGets() {
    Backend filtered =
        Fixtures.backend("t", 1).toBuilder().addFilters(HttpFilter.getDefaultInstance()).build();
    ProxyTables tables =
        ProxyTables.compile(
            Fixtures.view(
                GATEWAY,
                route(L4Route.Kind.KIND_TCP, "bad", 1, "tcp", filtered),
                route(L4Route.Kind.KIND_TCP, "good", 2, "tcp")));

    assertThat(tables.refusals()).containsOnlyKeys("tcproute/shop/bad");
    Target target = tables.target(Ipv4.parse("10.9.9.9"), 53);
    GatewayListener listener = requireNonNull(((Target.GatewayTarget) target).port().listener(""));
    assertThat(requireNonNull(listener.l4().rule("")).pick(0))
        .isInstanceOf(BackendChoice.Invalid.class);
  }

  @Test
  void udpPortsOfServicesHaveEndpointsOfTheirOwn() {
    Resource service =
        Resource.newBuilder()
            .setName("service/shop/dns")
            .setService(
                dev.weft.api.v1.Service.newBuilder()
                    .setNamespace("shop")
                    .setName("dns")
                    .addAddresses(Fixtures.ip("10.96.0.53"))
                    .addPorts(dev.weft.api.v1.Service.Port.newBuilder().setPort(53).setUdp(true))
                    .addPorts(dev.weft.api.v1.Service.Port.newBuilder().setPort(53)))
            .build();
    Resource endpoints =
        Resource.newBuilder()
            .setName("endpoints/shop/dns")
            .setEndpoints(
                dev.weft.api.v1.Endpoints.newBuilder()
                    .setNamespace("shop")
                    .setService("dns")
                    .addEndpoints(endpoint("10.1.0.1", true))
                    .addEndpoints(endpoint("10.1.0.2", false)))
            .build();
    ProxyTables tables = ProxyTables.compile(Fixtures.view(service, endpoints));

    ServicePort udp = requireNonNull(tables.service(new ServiceKey("shop", "dns", 53, true)));
    ServicePort tcp = requireNonNull(tables.service(new ServiceKey("shop", "dns", 53)));
    assertThat(udp.endpoints().list()).singleElement().hasToString("10.1.0.1:1053");
    assertThat(tcp.endpoints().list()).singleElement().hasToString("10.1.0.2:1053");
    assertThat(udp.name()).isEqualTo("shop/dns:53/udp");
    assertThat(tables.target(Ipv4.parse("10.96.0.53"), 53))
        .isEqualTo(new Target.ServiceTarget(tcp));
  }

  private static dev.weft.api.v1.Endpoints.Endpoint endpoint(String address, boolean udp) {
    return dev.weft.api.v1.Endpoints.Endpoint.newBuilder()
        .setAddress(Fixtures.ip(address))
        .setServicePort(53)
        .setPort(1053)
        .setUdp(udp)
        .setServing(true)
        .build();
  }
}
