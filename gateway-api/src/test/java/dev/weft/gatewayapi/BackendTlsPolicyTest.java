package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.BackendTls;
import dev.weft.resources.Condition;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GEP-1897, as the conformance suite's BackendTLSPolicy tests ask. */
class BackendTlsPolicyTest {
  private static final String RESOURCE = "backendtls/shop/web";
  private static final String CA = "caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]";
  private static Pem authority;
  private static Pem other;

  @BeforeAll
  static void makeKeys() throws Exception {
    authority = Pem.of("EC");
    other = Pem.of("EC");
  }

  private static String config(String name, String pem) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: shop}\ndata:\n  ca.crt: |\n%s"
        .formatted(name, pem.isEmpty() ? "    \n" : pem.indent(4));
  }

  private static String bundle(String name, String pem) {
    return """
    apiVersion: certificates.k8s.io/v1
    kind: ClusterTrustBundle
    metadata: {name: "%s"}
    spec:
      trustBundle: |
    %s
    """
        .formatted(name, pem.indent(8));
  }

  private static String gateway(String name) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: %s, namespace: shop}
    spec:
      gatewayClassName: weft
      listeners: [{name: http, port: 80, protocol: HTTP}]
    """
        .formatted(name);
  }

  private static String route(String kind, String name, String gateway, String rule) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: %s
    metadata: {name: %s, namespace: shop}
    spec: {parentRefs: [{name: %s}], rules: [{%s}]}
    """
        .formatted(kind, name, gateway, rule);
  }

  private static String policy(String name, String when, String target, String validation) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: BackendTLSPolicy
    metadata: {name: %s, namespace: shop, generation: 3, creationTimestamp: "%s"}
    spec: {targetRefs: [%s], validation: {hostname: web.example, %s}}
    """
        .formatted(name, when, target, validation);
  }

  private static String policy(String validation) {
    return policy("tls", "2026-01-01T00:00:00Z", target("web", ""), validation);
  }

  private static String target(String service, String section) {
    return "{group: '', kind: Service, name: "
        + service
        + (section.isEmpty() ? "" : ", sectionName: " + section)
        + "}";
  }

  private static World world(String... more) {
    return new World(
            World.BASE,
            config("ca", authority.certificate()),
            gateway("edge"),
            route("HTTPRoute", "r", "edge", "backendRefs: [{name: web, port: 80}]"))
        .apply(more);
  }

  private static BackendTls tls(World world) {
    return world.resource(RESOURCE).getBackendTls();
  }

  private static List<ObjectStatus.OfAncestor> ancestors(World world, String policy) {
    return ((ObjectStatus.OfPolicy)
            world.status(Kind.BACKEND_TLS_POLICY, "shop", policy, Programmed.NOTHING))
        .ancestors();
  }

  private static List<Condition> conditions(World world, String policy) {
    assertThat(ancestors(world, policy)).hasSize(1);
    return ancestors(world, policy).getFirst().conditions();
  }

  private static String condition(World world, String policy, String type) {
    return World.condition(conditions(world, policy), type);
  }

  @Test
  void aPolicyOnAServiceHoldsForEveryPort() {
    World world = world(policy(CA));

    assertThat(tls(world).getPortsList()).hasSize(1);
    BackendTls.Port port = tls(world).getPorts(0);
    assertThat(port.getPort()).isZero();
    assertThat(port.getValidation().getHostname()).isEqualTo("web.example");
    assertThat(port.getValidation().getRootsCount()).isEqualTo(1);
    assertThat(port.getValidation().getSystemRoots()).isFalse();
    assertThat(condition(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    assertThat(condition(world, "tls", "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(conditions(world, "tls")).extracting(Condition::observedGeneration).containsOnly(3L);
  }

  @Test
  void itsStatusNamesTheGatewaysFromWhichTheServiceIsReached() {
    World world =
        world(
            gateway("second"),
            gateway("third"),
            route("GRPCRoute", "g", "second", "backendRefs: [{name: web, port: 80}]"),
            route(
                "HTTPRoute",
                "mirror",
                "third",
                "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: web, port:"
                    + " 80}}}]"),
            gateway("unused"),
            policy(CA));

    assertThat(ancestors(world, "tls"))
        .extracting(ObjectStatus.OfAncestor::ancestorRef)
        .containsExactly(
            new ObjectStatus.StatusParent(
                "gateway.networking.k8s.io", "Gateway", "shop", "edge", null, null),
            new ObjectStatus.StatusParent(
                "gateway.networking.k8s.io", "Gateway", "shop", "second", null, null),
            new ObjectStatus.StatusParent(
                "gateway.networking.k8s.io", "Gateway", "shop", "third", null, null));
    assertThat(ancestors(world, "tls"))
        .extracting(ObjectStatus.OfAncestor::controllerName)
        .containsOnly(GatewayClass.WEFT_CONTROLLER);

    world.remove(Kind.HTTP_ROUTE, "shop", "r");
    assertThat(ancestors(world, "tls"))
        .extracting(each -> each.ancestorRef().name())
        .containsExactly("second", "third");
  }

  @Test
  void whoIsAskedByFiltersIsReachedToo() {
    String auth =
        "{type: ExternalAuth, externalAuth: {protocol: GRPC, grpc: {}, backendRef: {name: web,"
            + " port: 80}}}";
    World world =
        world(
            gateway("asking"),
            route("HTTPRoute", "a", "asking", "filters: [" + auth + "]"),
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: first, namespace: shop}
            spec:
              gatewayClassName: weft
              listeners: [{name: http, port: 80, protocol: HTTP, filters: {requests: [%s]}}]
            """
                .formatted(auth),
            policy(CA));

    assertThat(ancestors(world, "tls"))
        .extracting(each -> each.ancestorRef().name())
        .containsExactly("asking", "edge", "first");
  }

  @ParameterizedTest
  @CsvSource({"Terminate, true", "Passthrough, false"})
  void aTlsRouteCountsWhereTlsIsEnded(String mode, boolean counts) {
    World world =
        new World(
            World.BASE,
            config("ca", authority.certificate()),
            Pem.secret("shop", "cert", authority.certificate(), authority.pkcs8()),
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: edge, namespace: shop}
            spec:
              gatewayClassName: weft
              listeners:
              - {name: tls, port: 443, protocol: TLS, tls: {mode: %s, certificateRefs: [{name: cert}]}}
            """
                .formatted(mode),
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: TLSRoute
            metadata: {name: r, namespace: shop}
            spec:
              parentRefs: [{name: edge}]
              hostnames: [a.example]
              rules: [{backendRefs: [{name: web, port: 80}]}]
            """,
            policy(CA));

    assertThat(world.statuses().containsKey(new ObjectRef(Kind.BACKEND_TLS_POLICY, "shop", "tls")))
        .isEqualTo(counts);
    if (counts) {
      assertThat(condition(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    }
  }

  @Test
  void noMoreGatewaysAreNamedThanTheApiAllows() {
    String[] many =
        IntStream.range(0, 20)
            .mapToObj(
                i ->
                    gateway("g" + (char) ('a' + i))
                        + "---\n"
                        + route(
                            "HTTPRoute",
                            "r" + i,
                            "g" + (char) ('a' + i),
                            "backendRefs: [{name: web, port: 80}]"))
            .toArray(String[]::new);
    World world = world(many).apply(policy(CA));

    assertThat(ancestors(world, "tls")).hasSize(16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // validation | Accepted | ResolvedRefs
        "caCertificateRefs: [{group: '', kind: ConfigMap, name: gone}] | False/NoValidCACertificate | False/InvalidCACertificateRef",
        "caCertificateRefs: [{group: '', kind: ConfigMap, name: empty}] | False/NoValidCACertificate | False/InvalidCACertificateRef",
        "caCertificateRefs: [{group: '', kind: ConfigMap, name: key}] | False/NoValidCACertificate | False/InvalidCACertificateRef",
        "caCertificateRefs: [{group: '', kind: Secret, name: ca}] | False/NoValidCACertificate | False/InvalidKind",
        "caCertificateRefs: [{group: x.io, kind: ConfigMap, name: ca}] | False/NoValidCACertificate | False/InvalidKind",
        "caCertificateRefs: [{group: certificates.k8s.io, kind: ClusterTrustBundle, name: gone}] | False/NoValidCACertificate | False/InvalidCACertificateRef",
        "wellKnownCACertificates: example.com/mine | False/Invalid | True/ResolvedRefs",
      })
  void whoCanBelieveNobodySendsNothing(String validation, String accepted, String resolved) {
    World world =
        world(
            config("empty", ""),
            config("key", authority.pkcs8()),
            policy("subjectAltNames: [], " + validation));

    assertThat(condition(world, "tls", "Accepted")).isEqualTo(accepted);
    assertThat(condition(world, "tls", "ResolvedRefs")).isEqualTo(resolved);
    assertThat(tls(world).getPorts(0).getInvalid())
        .startsWith("BackendTLSPolicy tls: " + accepted.substring("False/".length()));
    assertThat(tls(world).getPorts(0).hasValidation()).isFalse();
  }

  @Test
  void anAddressIsNoServerName() {
    World world = world(policy(CA).replace("web.example", "10.0.0.1"));

    assertThat(condition(world, "tls", "Accepted")).isEqualTo("False/Invalid");
    assertThat(tls(world).getPorts(0).hasInvalid()).isTrue();
  }

  @Test
  void oneGoodReferenceOfSeveralIsBelieved() {
    World world =
        world(
            policy(
                "caCertificateRefs: [{group: '', kind: ConfigMap, name: gone},"
                    + " {group: '', kind: ConfigMap, name: ca}]"));

    assertThat(condition(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    assertThat(condition(world, "tls", "ResolvedRefs")).isEqualTo("False/InvalidCACertificateRef");
    assertThat(tls(world).getPorts(0).getValidation().getRootsCount()).isEqualTo(1);
  }

  @Test
  void theSystemsAuthoritiesAreAskedForByName() {
    World world = world(policy("wellKnownCACertificates: System"));

    assertThat(condition(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    assertThat(tls(world).getPorts(0).getValidation().getSystemRoots()).isTrue();
    assertThat(tls(world).getPorts(0).getValidation().getRootsCount()).isZero();
  }

  @Test
  void namesAreSentInPlaceOfTheHostname() {
    World world =
        world(
            policy(
                CA
                    + ", subjectAltNames: [{type: Hostname, hostname: a.example},"
                    + " {type: URI, uri: 'spiffe://mesh/ns/a/sa/B'}]"));

    assertThat(tls(world).getPorts(0).getValidation().getNamesList())
        .containsExactly(
            BackendTls.SubjectAltName.newBuilder().setDns("a.example").build(),
            BackendTls.SubjectAltName.newBuilder().setUri("spiffe://mesh/ns/a/sa/B").build());
  }

  @Test
  void aClusterTrustBundleIsBelieved() {
    World world =
        world(
            bundle("example.com:signer:v1", authority.certificate() + other.certificate()),
            policy(
                "caCertificateRefs: [{group: certificates.k8s.io, kind: ClusterTrustBundle,"
                    + " name: 'example.com:signer:v1'}]"));

    assertThat(condition(world, "tls", "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(tls(world).getPorts(0).getValidation().getRootsCount()).isEqualTo(2);

    world.remove(Kind.CLUSTER_TRUST_BUNDLE, "", "example.com:signer:v1");
    assertThat(condition(world, "tls", "Accepted")).isEqualTo("False/NoValidCACertificate");
  }

  @Test
  void aChangedConfigMapChangesStatusAndTraffic() {
    World world = world(policy(CA));
    var before = tls(world).getPorts(0);

    world.apply(config("ca", ""));
    assertThat(condition(world, "tls", "Accepted")).isEqualTo("False/NoValidCACertificate");
    assertThat(tls(world).getPorts(0).hasInvalid()).isTrue();

    world.apply(config("ca", other.certificate()));
    assertThat(condition(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    assertThat(tls(world).getPorts(0)).isNotEqualTo(before);

    world.remove(Kind.CONFIG_MAP, "shop", "ca");
    assertThat(condition(world, "tls", "ResolvedRefs")).isEqualTo("False/InvalidCACertificateRef");

    world.apply(config("ca", authority.certificate()));
    assertThat(tls(world).getPorts(0)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T00:00:00Z, 2026-01-02T00:00:00Z, first",
    "2026-01-02T00:00:00Z, 2026-01-01T00:00:00Z, second",
    "2026-01-01T00:00:00Z, 2026-01-01T00:00:00Z, first",
  })
  void ofTwoPoliciesTheOlderCounts(String first, String second, String winner) {
    for (String section : new String[] {"", "http"}) {
      World world =
          world(
              policy("first", first, target("web", section), CA).replace("web.example", "first"),
              policy("second", second, target("web", section), CA)
                  .replace("web.example", "second"));
      String loser = winner.equals("first") ? "second" : "first";

      assertThat(condition(world, winner, "Accepted")).isEqualTo("True/Accepted");
      assertThat(condition(world, loser, "Accepted")).isEqualTo("False/Conflicted");
      assertThat(condition(world, loser, Programmed.TYPE)).isEqualTo("none");
      assertThat(tls(world).getPortsList()).hasSize(1);
      assertThat(tls(world).getPorts(0).getValidation().getHostname()).isEqualTo(winner);

      world.remove(Kind.BACKEND_TLS_POLICY, "shop", winner);
      assertThat(condition(world, loser, "Accepted")).isEqualTo("True/Accepted");
      assertThat(tls(world).getPorts(0).getValidation().getHostname()).isEqualTo(loser);
    }
  }

  @Test
  void aWinnerThatBelievesNobodyStillWins() {
    World world =
        world(
            policy(
                "first",
                "2026-01-01T00:00:00Z",
                target("web", ""),
                "caCertificateRefs: [{group: '', kind: ConfigMap, name: gone}]"),
            policy("second", "2026-01-02T00:00:00Z", target("web", ""), CA));

    assertThat(condition(world, "second", "Accepted")).isEqualTo("False/Conflicted");
    assertThat(tls(world).getPorts(0).hasInvalid()).isTrue();
  }

  @Test
  void aPolicyOnAPortCountsThereWithoutConflict() {
    World world =
        world(
            policy("whole", "2026-01-01T00:00:00Z", target("web", ""), CA),
            policy("port", "2026-01-02T00:00:00Z", target("web", "admin"), CA)
                .replace("web.example", "admin.example"));

    assertThat(condition(world, "whole", "Accepted")).isEqualTo("True/Accepted");
    assertThat(condition(world, "port", "Accepted")).isEqualTo("True/Accepted");
    assertThat(tls(world).getPortsList())
        .extracting(BackendTls.Port::getPort, each -> each.getValidation().getHostname())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(0, "web.example"),
            org.assertj.core.groups.Tuple.tuple(9001, "admin.example"));
  }

  @Test
  void targetsThatAreNotThereAreSaid() {
    World world = world(policy("tls", "2026-01-01T00:00:00Z", target("web", "nope"), CA));
    assertThat(condition(world, "tls", "Accepted")).isEqualTo("False/TargetNotFound");
    assertThat(world.resources()).doesNotContainKey(RESOURCE);

    world.apply(policy("tls", "2026-01-01T00:00:00Z", target("gone", ""), CA));
    assertThat(world.statuses())
        .as("no Gateway reaches it")
        .doesNotContainKey(new ObjectRef(Kind.BACKEND_TLS_POLICY, "shop", "tls"));

    world.apply(
        policy(
            "tls",
            "2026-01-01T00:00:00Z",
            target("web", "nope") + ", " + target("web", "http"),
            CA));
    assertThat(condition(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    assertThat(conditions(world, "tls").getFirst().message()).contains("no TCP port nope");
    assertThat(tls(world).getPortsList()).extracting(BackendTls.Port::getPort).containsExactly(80);
  }

  @Test
  void programmedIsWhatNodesSay() {
    World world = world(policy(CA));
    assertThat(condition(world, "tls", Programmed.TYPE)).isEqualTo("Unknown/Pending");

    ObjectStatus.OfPolicy acked =
        (ObjectStatus.OfPolicy)
            world.status(
                Kind.BACKEND_TLS_POLICY,
                "shop",
                "tls",
                new Programmed(RESOURCE::equals, _ -> null));
    assertThat(World.condition(acked.ancestors().getFirst().conditions(), Programmed.TYPE))
        .isEqualTo("True/Programmed");
  }

  @Test
  void optionsHaveNoEffectAndThatIsSaid() {
    World world = world(policy(CA).replace("spec: {", "spec: {options: {a.b/c: d}, "));

    assertThat(condition(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    assertThat(conditions(world, "tls").getFirst().message())
        .isEqualTo("without effect: options a.b/c");
  }
}
