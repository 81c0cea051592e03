package dev.weft.routing;

import static dev.weft.routing.Fixtures.decide;
import static dev.weft.routing.Fixtures.endpoints;
import static dev.weft.routing.Fixtures.gateway;
import static dev.weft.routing.Fixtures.http;
import static dev.weft.routing.Fixtures.listener;
import static dev.weft.routing.Fixtures.match;
import static dev.weft.routing.Fixtures.route;
import static dev.weft.routing.Fixtures.rule;
import static dev.weft.routing.Fixtures.service;
import static dev.weft.routing.Fixtures.toListener;
import static dev.weft.routing.Fixtures.toService;
import static dev.weft.routing.Fixtures.view;
import static dev.weft.routing.Fixtures.workload;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.MeshSettings;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.SessionPersistence;
import dev.weft.api.v1.TrafficSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProxyTablesTest {
  private static final ServiceKey WEB = new ServiceKey("shop", "web", 80);
  private final Resource pod0 = workload("shop", "web-0", "10.244.0.2", 256);
  private final Resource pod1 = workload("shop", "web-1", "10.244.1.2", 256);
  private final Resource web = service("shop", "web", "10.96.0.10", 80);
  private final Resource webEndpoints =
      endpoints("shop", "web", 80, "web-0 10.244.0.2 8080", "web-1 10.244.1.2 8080");
  private final MeshView base = view(pod0, pod1, web, webEndpoints);
  private final ProxyTables tables = ProxyTables.compile(base);

  @Test
  void knowsWhatAnAddressStandsFor() {
    ProxyTables all =
        ProxyTables.compile(
            base.with(
                List.of(
                    gateway(
                        "infra",
                        "edge",
                        "172.31.255.1",
                        listener("http", Gateway.Protocol.PROTOCOL_HTTP, 80, ""),
                        listener("https", Gateway.Protocol.PROTOCOL_HTTPS, 443, "a.com"))),
                List.of()));

    assertThat(all.target(Ipv4.parse("10.96.0.10"), 80))
        .isInstanceOfSatisfying(
            Target.ServiceTarget.class, target -> assertThat(target.port().key()).isEqualTo(WEB));
    assertThat(all.target(Ipv4.parse("10.244.0.2"), 9999))
        .isInstanceOfSatisfying(
            Target.PodTarget.class,
            target -> {
              assertThat(target.workload().pod()).isEqualTo("web-0");
              assertThat(target.workload().owner()).isEqualTo("web");
              assertThat(target.workload().spiffeId())
                  .isEqualTo("spiffe://cluster.local/ns/shop/sa/default");
              assertThat(target.workload().principal())
                  .isEqualTo("cluster.local/ns/shop/sa/default");
              assertThat(target.port()).isEqualTo(9999);
            });
    assertThat(all.target(Ipv4.parse("172.31.255.1"), 443))
        .isInstanceOfSatisfying(
            Target.GatewayTarget.class, target -> assertThat(target.port().tls()).isTrue());
    assertThat(all.target(Ipv4.parse("172.31.255.1"), 81)).isInstanceOf(Target.UnknownTarget.class);
    assertThat(all.target(Ipv4.parse("10.96.0.10"), 81)).isInstanceOf(Target.UnknownTarget.class);
    assertThat(all.target(0, 80)).isInstanceOf(Target.UnknownTarget.class);
  }

  @Test
  void servesWithoutRoutesByTheImplicitOne() {
    ServicePort port = port(tables);
    Route route = port.routes("any").route(TestRequest.get("whatever", "/x"));

    assertThat(route)
        .isInstanceOfSatisfying(
            Route.Matched.class,
            matched ->
                assertThat(matched.rule().pick(1)).isEqualTo(BackendChoice.ToService.plain(WEB)));
    assertThat(port.endpoints().list().stream().map(Endpoint::toString).toList())
        .containsExactly("10.244.0.2:8080", "10.244.1.2:8080");
  }

  @Test
  void consumerRoutesReplaceTheProducersForTheirNamespaceOnly() {
    ProxyTables next =
        apply(
            tables,
            route(
                http("shop", "producer", rule("producer", match("prefix:/p")))
                    .addAttachments(toService("shop", "web", 0, ""))),
            route(
                http("client", "consumer", rule("consumer", match("prefix:/c")))
                    .addAttachments(toService("shop", "web", 80, "client"))));
    ServicePort port = port(next);

    assertThat(decide(port.routes("client"), TestRequest.get("h", "/c"))).isEqualTo("consumer");
    assertThat(decide(port.routes("client"), TestRequest.get("h", "/p"))).isEqualTo("404");
    assertThat(decide(port.routes("other"), TestRequest.get("h", "/p"))).isEqualTo("producer");
    assertThat(decide(port.routes("other"), TestRequest.get("h", "/c"))).isEqualTo("404");
  }

  @Test
  void consumerRoutesLeaveOthersTheImplicitRoute() {
    ProxyTables next =
        apply(
            tables,
            route(
                http("client", "consumer", rule("consumer"))
                    .addAttachments(toService("shop", "web", 80, "client"))));

    assertThat(decide(port(next).routes("client"), TestRequest.get("h", "/")))
        .isEqualTo("consumer");
    assertThat(decide(port(next).routes("shop"), TestRequest.get("h", "/"))).isEqualTo("web:80");
  }

  @Test
  void routesWithAPortApplyToItAlone() {
    ProxyTables next =
        ProxyTables.compile(
            view(
                service("shop", "web", "10.96.0.10", 80, 81),
                route(
                    http("shop", "r", rule("r"))
                        .addAttachments(toService("shop", "web", 81, "")))));

    assertThat(decide(portOf(next, 80).routes("x"), TestRequest.get("h", "/"))).isEqualTo("web:80");
    assertThat(decide(portOf(next, 81).routes("x"), TestRequest.get("h", "/"))).isEqualTo("r");
  }

  private static Resource keeping(SessionPersistence.Builder session) {
    return Resource.newBuilder()
        .setName("traffic/shop/web")
        .setTraffic(
            TrafficSettings.newBuilder()
                .setServiceNamespace("shop")
                .setServiceName("web")
                .setSession(session))
        .build();
  }

  @Test
  void aServicesSessionIsItsOwnAndAsksForNoBudget() {
    ProxyTables next = apply(tables, keeping(SessionPersistence.newBuilder().setName("a")));

    assertThat(port(next).session())
        .isEqualTo(new SessionRule("service/shop/web:80", false, "a", "/", false, 0));
    assertThat(port(next).retryBudget()).isEqualTo(RetryBudget.DEFAULT);
  }

  @Test
  void aSessionThatCannotBeIsRefusedAndTheOneBeforeStays() {
    ProxyTables first = apply(tables, keeping(SessionPersistence.newBuilder().setName("a")));
    ProxyTables next = apply(first, keeping(SessionPersistence.newBuilder().setPermanent(true)));

    assertThat(next.refusals()).containsOnlyKeys("traffic/shop/web");
    assertThat(port(next).session()).isEqualTo(port(first).session());
  }

  @Test
  void endpointsAreFoundByAddressAndPort() {
    EndpointSet all = port(tables).endpoints();
    Endpoint first = all.get(0);

    assertThat(all.at(first.address(), first.port())).isSameAs(first);
    assertThat(all.at(first.address(), first.port() + 1)).isNull();
    assertThat(all.at(first.address() + 77, first.port())).isNull();
    assertThat(EndpointSet.EMPTY.at(0, 0)).isNull();
  }

  @Test
  void keepsWhatDidNotChange() {
    Resource traffic = traffic(50);
    ProxyTables routed =
        apply(
            tables,
            traffic,
            service("shop", "api", "10.96.0.11", 80),
            route(http("shop", "r", rule("r")).addAttachments(toService("shop", "web", 0, ""))));
    ProxyTables scaled =
        apply(
            routed,
            workload("shop", "web-2", "10.244.1.3", 256),
            endpoints(
                "shop",
                "web",
                80,
                "web-1 10.244.1.2 8080",
                "web-2 10.244.1.3 8080",
                "web-0 10.244.0.2 8080"));

    assertThat(port(scaled)).isNotSameAs(port(routed));
    assertThat(port(scaled).endpoints().get(2)).isSameAs(port(routed).endpoints().get(0));
    assertThat(port(scaled).endpoints().get(0)).isSameAs(port(routed).endpoints().get(1));
    assertThat(port(scaled).producerRoutes()).isSameAs(port(routed).producerRoutes());
    assertThat(port(scaled).retryBudget().percent()).isEqualTo(50);
    assertThat(scaled.service(new ServiceKey("shop", "api", 80)))
        .isSameAs(routed.service(new ServiceKey("shop", "api", 80)));
    assertThat(scaled.workload("shop", "web-0")).isSameAs(tables.workload("shop", "web-0"));
    assertThat(ProxyTables.compile(scaled.view(), scaled)).isSameAs(scaled);
  }

  private static Resource traffic(int percent) {
    return Resource.newBuilder()
        .setName("traffic/shop/web")
        .setVersion("t" + percent)
        .setTraffic(
            TrafficSettings.newBuilder()
                .setServiceNamespace("shop")
                .setServiceName("web")
                .setRetryBudgetPercent(percent)
                .setRetryBudgetIntervalMs(10_000)
                .setMinRetries(3))
        .build();
  }

  @Test
  void endpointsFollowTheirPods() {
    ProxyTables changed = apply(tables, workload("shop", "web-1", "10.244.1.2", 300));

    assertThat(requireNonNull(port(changed).endpoints().get(1).workload()).identity())
        .isEqualTo(300);
    assertThat(port(changed).endpoints().get(0)).isSameAs(port(tables).endpoints().get(0));

    ProxyTables gone =
        ProxyTables.compile(
            changed.view().with(List.of(), List.of("workload/shop/web-1")), changed);

    assertThat(port(gone).endpoints().get(1).workload()).isNull();
    assertThat(gone.workload(Ipv4.parse("10.244.1.2"))).isNull();
  }

  @Test
  void leavesOutEndpointsThatDoNotServe() {
    Resource.Builder idle = webEndpoints.toBuilder().setVersion("idle");
    idle.getEndpointsBuilder().getEndpointsBuilder(0).setServing(false);
    idle.getEndpointsBuilder().getEndpointsBuilder(1).setUdp(true);

    assertThat(port(apply(tables, idle.build())).endpoints().isEmpty()).isTrue();
  }

  @Test
  void anAddressMayPassToAnotherPodInOneUpdate() {
    MeshView next =
        base.with(
            List.of(workload("shop", "web-9", "10.244.0.2", 256)), List.of("workload/shop/web-0"));
    ProxyTables moved = ProxyTables.compile(next, tables);

    assertThat(requireNonNull(moved.workload(Ipv4.parse("10.244.0.2"))).pod()).isEqualTo("web-9");
  }

  @Test
  void forgetsAddressesOfChangedAndRemovedServices() {
    ProxyTables moved = apply(tables, service("shop", "web", "10.96.0.20", 80));

    assertThat(moved.target(Ipv4.parse("10.96.0.10"), 80)).isInstanceOf(Target.UnknownTarget.class);
    assertThat(moved.target(Ipv4.parse("10.96.0.20"), 80)).isInstanceOf(Target.ServiceTarget.class);

    ProxyTables gone =
        ProxyTables.compile(moved.view().with(List.of(), List.of("service/shop/web")), moved);

    assertThat(gone.target(Ipv4.parse("10.96.0.20"), 80)).isInstanceOf(Target.UnknownTarget.class);
    assertThat(gone.service(WEB)).isNull();
  }

  @Test
  void aTrustDomainRenamesEveryPod() {
    Resource mesh =
        Resource.newBuilder()
            .setName("mesh")
            .setVersion("m")
            .setMesh(MeshSettings.newBuilder().setTrustDomain("prod.example"))
            .build();
    ProxyTables renamed = apply(tables, mesh);

    assertThat(renamed.settings().trustDomain()).isEqualTo("prod.example");
    assertThat(requireNonNull(port(renamed).endpoints().get(0).workload()).spiffeId())
        .isEqualTo("spiffe://prod.example/ns/shop/sa/default");
  }

  @Test
  void picksTheMostSpecificListenerWithoutFallingBack() {
    ProxyTables edge =
        ProxyTables.compile(
            view(
                gateway(
                    "infra",
                    "edge",
                    "172.31.255.1",
                    listener("every", Gateway.Protocol.PROTOCOL_HTTP, 80, ""),
                    listener("wild", Gateway.Protocol.PROTOCOL_HTTP, 80, "*.a.com"),
                    listener("deep", Gateway.Protocol.PROTOCOL_HTTP, 80, "*.b.a.com"),
                    listener("exact", Gateway.Protocol.PROTOCOL_HTTP, 80, "x.a.com")),
                route(
                    http("infra", "r", rule("r"))
                        .addAttachments(toListener("infra", "edge", "wild")))));
    GatewayPort port = requireNonNull(edge.gateway("infra", "edge").get(80));

    assertThat(listenerName(port, "x.a.com")).isEqualTo("exact");
    assertThat(listenerName(port, "y.a.com")).isEqualTo("wild");
    assertThat(listenerName(port, "y.b.a.com")).isEqualTo("deep");
    assertThat(listenerName(port, "a.com")).isEqualTo("every");
    assertThat(
            decide(
                requireNonNull(port.listener("y.a.com")).routes(), TestRequest.get("y.a.com", "/")))
        .isEqualTo("r");
    assertThat(
            decide(
                requireNonNull(port.listener("x.a.com")).routes(), TestRequest.get("x.a.com", "/")))
        .isEqualTo("404");
  }

  private static @Nullable String listenerName(GatewayPort port, String host) {
    GatewayListener listener = port.listener(host);
    return listener == null ? null : listener.name();
  }

  @Test
  void keepsTheEarlierRouteWhenANewOneCannotBeCompiled() {
    ProxyTables good =
        apply(
            tables,
            route(http("shop", "r", rule("good")).addAttachments(toService("shop", "web", 0, ""))));
    ProxyTables bad =
        apply(
            good,
            route(
                http("shop", "r", rule("bad", match("regex:(")))
                    .addAttachments(toService("shop", "web", 0, ""))));

    assertThat(bad.refusals()).containsOnlyKeys("httproute/shop/r");
    assertThat(bad.refusals().get("httproute/shop/r")).contains("rule 0").contains("RE2");
    assertThat(decide(port(bad).routes("x"), TestRequest.get("h", "/"))).isEqualTo("good");

    ProxyTables unrelated = apply(bad, workload("shop", "web-7", "10.244.1.7", 256));

    assertThat(unrelated.refusals()).containsOnlyKeys("httproute/shop/r");

    ProxyTables mended =
        apply(
            unrelated,
            route(http("shop", "r", rule("ok")).addAttachments(toService("shop", "web", 0, ""))));

    assertThat(mended.refusals()).isEmpty();
    assertThat(decide(port(mended).routes("x"), TestRequest.get("h", "/"))).isEqualTo("ok");

    ProxyTables removed =
        ProxyTables.compile(bad.view().with(List.of(), List.of("httproute/shop/r")), bad);

    assertThat(removed.refusals()).isEmpty();
    assertThat(decide(port(removed).routes("x"), TestRequest.get("h", "/"))).isEqualTo("web:80");
  }

  @Test
  void aRouteThatNeverCompiledFailsClosed() {
    ProxyTables bad =
        apply(
            tables,
            route(
                http("shop", "r", rule("bad", match("regex:(")))
                    .addAttachments(toService("shop", "web", 0, ""))),
            route(
                http("shop", "other", rule("other", match("prefix:/o")))
                    .addAttachments(toService("shop", "web", 0, ""))));
    RouteTable table = port(bad).routes("x");

    assertThat(decide(table, TestRequest.get("h", "/o"))).isEqualTo("other");
    assertThat(table.route(TestRequest.get("h", "/")))
        .isInstanceOfSatisfying(
            Route.Matched.class,
            matched ->
                assertThat(matched.rule().pick(0)).isInstanceOf(BackendChoice.Invalid.class));

    ProxyTables removed =
        ProxyTables.compile(
            bad.view().with(List.of(), List.of("httproute/shop/r", "httproute/shop/other")), bad);

    assertThat(removed.refusals()).isEmpty();
    assertThat(decide(port(removed).routes("x"), TestRequest.get("h", "/"))).isEqualTo("web:80");
  }

  @Test
  void aServiceThatCannotBeCompiledKeepsItsEarlierFormAndLeavesNothingBehind() {
    Resource.Builder broken = web.toBuilder().setVersion("broken");
    broken.getServiceBuilder().addAddresses(ByteString.copyFrom(new byte[16]));
    ProxyTables bad = apply(tables, broken.build());

    assertThat(bad.refusals().get("service/shop/web")).contains("16 bytes");
    assertThat(bad.target(Ipv4.parse("10.96.0.10"), 80)).isInstanceOf(Target.ServiceTarget.class);

    ProxyTables scaled = apply(bad, endpoints("shop", "web", 80, "web-1 10.244.1.2 8080"));

    assertThat(port(scaled).endpoints().size()).isEqualTo(1);
    assertThat(scaled.refusals()).containsOnlyKeys("service/shop/web");

    ProxyTables moved = apply(scaled, service("shop", "web", "10.96.0.30", 80));

    assertThat(moved.refusals()).isEmpty();
    assertThat(moved.target(Ipv4.parse("10.96.0.10"), 80)).isInstanceOf(Target.UnknownTarget.class);
  }

  @Test
  void neverFailsOnNonsense() {
    Resource[] nonsense = {
      Resource.newBuilder().setName("x").build(),
      Resource.newBuilder()
          .setName("gateway/a/b")
          .setGateway(Gateway.newBuilder().addListeners(Gateway.Listener.newBuilder()))
          .build(),
      Resource.newBuilder()
          .setName("certificate/a/b")
          .setCertificate(Certificate.newBuilder())
          .build(),
      Resource.newBuilder().setName("node/n").setNode(dev.weft.api.v1.Node.newBuilder()).build(),
      Resource.newBuilder().setName("w").setWorkload(dev.weft.api.v1.Workload.newBuilder()).build(),
      Resource.newBuilder().setName("s").setService(dev.weft.api.v1.Service.newBuilder()).build(),
      Resource.newBuilder()
          .setName("e")
          .setEndpoints(dev.weft.api.v1.Endpoints.newBuilder())
          .build(),
    };

    assertThatCode(() -> ProxyTables.compile(view(nonsense))).doesNotThrowAnyException();
    assertThat(ProxyTables.compile(view(nonsense)).refusals().keySet())
        .contains("gateway/a/b", "certificate/a/b", "node/n", "w", "s", "e");
  }

  @Test
  void handsOutCertificatesWithoutPrintingKeys() {
    Resource certificate =
        Resource.newBuilder()
            .setName("certificate/infra/tls")
            .setVersion("1")
            .setCertificate(
                Certificate.newBuilder()
                    .addChain(ByteString.copyFromUtf8("leaf"))
                    .setKey(ByteString.copyFromUtf8("secret")))
            .build();
    ProxyTables with = apply(tables, certificate);
    GatewayCertificate found = requireNonNull(with.certificate("certificate/infra/tls"));

    assertThat(found.key().toStringUtf8()).isEqualTo("secret");
    assertThat(found.toString()).doesNotContain("secret");
    assertThat(apply(with, pod0).certificate("certificate/infra/tls")).isSameAs(found);
  }

  @Test
  void incrementalCompilationsEqualWholeOnes() {
    java.util.Random random = new java.util.Random(3);
    ProxyTables incremental = ProxyTables.empty();
    for (int round = 0; round < 300; round++) {
      MeshView next = RandomMesh.edit(incremental.view(), random);
      incremental = ProxyTables.compile(next, incremental);
      assertThat(RandomMesh.describe(incremental))
          .as("round %s", round)
          .isEqualTo(RandomMesh.describe(ProxyTables.compile(next)));
    }
  }

  private static ProxyTables apply(ProxyTables tables, Resource... resources) {
    return ProxyTables.compile(tables.view().with(List.of(resources), List.of()), tables);
  }

  private static ServicePort port(ProxyTables tables) {
    return portOf(tables, 80);
  }

  private static ServicePort portOf(ProxyTables tables, int port) {
    return requireNonNull(tables.service(new ServiceKey("shop", "web", port)));
  }
}
