package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Gateway;
import dev.weft.resources.Kind;
import dev.weft.resources.Programmed;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GEP-91, as the conformance suite's GatewayFrontendClientCertificateValidation tests ask. */
class ClientCertificatesTest {
  private static final String CA = "{group: '', kind: ConfigMap, name: ca}";
  private static Pem server;
  private static Pem client;

  @BeforeAll
  static void makeKeys() throws Exception {
    server = Pem.of("EC");
    client = Pem.of("EC");
  }

  private static String config(String namespace, String name, String key, String pem) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: %s}\ndata:\n  %s: |\n%s"
        .formatted(name, namespace, key, pem.isEmpty() ? "    \n" : pem.indent(4));
  }

  private static String gateway(String frontend) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: edge, namespace: shop, generation: 5}
    spec:
      gatewayClassName: weft
      listeners:
      - {name: http, port: 80, protocol: HTTP}
      - {name: one, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}
      - {name: two, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}
      tls: {frontend: {%s}}
    """
        .formatted(frontend);
  }

  private static World world(String frontend) {
    return new World(
        World.BASE,
        Pem.secret("shop", "cert", server.certificate(), server.pkcs8()),
        config("shop", "ca", "ca.crt", client.certificate()),
        config("shop", "twice", "ca.crt", client.certificate() + client.certificate()),
        config("shop", "both", "ca.crt", client.certificate() + server.certificate()),
        config("shop", "otherkey", "tls.crt", client.certificate()),
        config("shop", "empty", "ca.crt", ""),
        config("shop", "garbage", "ca.crt", client.certificate().replaceAll("M", "!")),
        config("shop", "private", "ca.crt", client.pkcs8()),
        config("other", "ca", "ca.crt", client.certificate()),
        gateway(frontend));
  }

  private static Gateway.Listener listener(World world, String name) {
    return world.resource("gateway/shop/edge").getGateway().getListenersList().stream()
        .filter(each -> each.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String condition(World world, String listener, String type) {
    return World.condition(world.listener("edge", listener).conditions(), type);
  }

  private static String validation(String refs) {
    return "validation: {caCertificateRefs: [" + refs + "]}";
  }

  @Test
  void theDefaultHoldsForEveryHttpsListenerAndNoOther() {
    World world = world("default: {" + validation(CA) + "}");

    assertThat(listener(world, "http").getClientRootsCount()).isZero();
    for (String name : new String[] {"one", "two"}) {
      assertThat(listener(world, name).getClientRootsCount()).isEqualTo(1);
      assertThat(listener(world, name).getClientOptional()).isFalse();
      assertThat(condition(world, name, "Accepted")).isEqualTo("True/Accepted");
      assertThat(condition(world, name, "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    }
    assertThat(
            World.condition(
                world.gateway("edge", Programmed.NOTHING).conditions(),
                "InsecureFrontendValidationMode"))
        .isEqualTo("none");
  }

  @Test
  void aPortsEntryReplacesTheDefault() {
    World world =
        world(
            "default: {"
                + validation(CA)
                + "}, perPort: [{port: 8443, tls: {validation: {mode: AllowInsecureFallback,"
                + " caCertificateRefs: [{group: '', kind: ConfigMap, name: both}]}}}]");

    assertThat(listener(world, "one").getClientRootsCount()).isEqualTo(1);
    assertThat(listener(world, "two").getClientRootsCount()).isEqualTo(2);
    assertThat(listener(world, "two").getClientOptional()).isTrue();
    assertThat(
            World.condition(
                world.gateway("edge", Programmed.NOTHING).conditions(),
                "InsecureFrontendValidationMode"))
        .isEqualTo("True/ConfigurationChanged");

    world.apply(gateway("default: {" + validation(CA) + "}, perPort: [{port: 8443, tls: {}}]"));
    assertThat(listener(world, "two").getClientRootsCount()).isZero();
    assertThat(listener(world, "one").getClientRootsCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{group: '', kind: ConfigMap, name: gone} | InvalidCACertificateRef",
        "{group: '', kind: ConfigMap, name: otherkey} | InvalidCACertificateRef",
        "{group: '', kind: ConfigMap, name: empty} | InvalidCACertificateRef",
        "{group: '', kind: ConfigMap, name: garbage} | InvalidCACertificateRef",
        "{group: '', kind: ConfigMap, name: private} | InvalidCACertificateRef",
        "{group: '', kind: Secret, name: ca} | InvalidCACertificateKind",
        "{group: x.io, kind: ConfigMap, name: ca} | InvalidCACertificateKind",
        "{group: certificates.k8s.io, kind: ClusterTrustBundle, name: gone} | InvalidCACertificateRef",
        "{group: '', kind: ConfigMap, name: ca, namespace: other} | RefNotPermitted",
        "{group: '', kind: ConfigMap, name: gone, namespace: other} | RefNotPermitted",
      })
  void aListenerWhoseClientsCannotBeToldApartDoesNotServe(String ref, String reason) {
    World world = world("default: {}, perPort: [{port: 443, tls: {" + validation(ref) + "}}]");

    assertThat(condition(world, "one", "ResolvedRefs")).isEqualTo("False/" + reason);
    assertThat(condition(world, "one", "Accepted")).isEqualTo("False/NoValidCACertificate");
    assertThat(condition(world, "one", "Programmed")).isEqualTo("False/Invalid");
    assertThat(world.resource("gateway/shop/edge").getGateway().getListenersList())
        .extracting(Gateway.Listener::getName)
        .as("nodes do not hear of it, and so answer no handshake there")
        .containsExactly("http", "two");
    assertThat(condition(world, "two", "Accepted")).isEqualTo("True/Accepted");
    assertThat(condition(world, "http", "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(World.condition(world.gateway("edge", Programmed.NOTHING).conditions(), "Accepted"))
        .isEqualTo("True/ListenersNotValid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"AllowValidOnly", "AllowInsecureFallback"})
  void inEitherModeTheAuthoritiesMustBeKnown(String mode) {
    World world =
        world(
            "default: {validation: {mode: "
                + mode
                + ", caCertificateRefs: [{group: '', kind: ConfigMap, name: gone}]}}");

    assertThat(world.resource("gateway/shop/edge").getGateway().getListenersList())
        .extracting(Gateway.Listener::getName)
        .containsExactly("http");
  }

  @Test
  void oneGoodReferenceOfSeveralServesItsClients() {
    World world =
        world("default: {" + validation("{group: '', kind: ConfigMap, name: gone}, " + CA) + "}");

    assertThat(condition(world, "one", "ResolvedRefs")).isEqualTo("False/InvalidCACertificateRef");
    assertThat(condition(world, "one", "Accepted")).isEqualTo("True/Accepted");
    assertThat(listener(world, "one").getClientRootsCount()).isEqualTo(1);
  }

  @Test
  void aClusterTrustBundleNeedsNoGrant() {
    World world =
        world(
                "default: {"
                    + validation(
                        "{group: certificates.k8s.io, kind: ClusterTrustBundle, name: all}")
                    + "}")
            .apply(
                "apiVersion: certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\n"
                    + "metadata: {name: all}\nspec:\n  trustBundle: |\n"
                    + client.certificate().indent(4));

    assertThat(condition(world, "one", "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(listener(world, "one").getClientRootsCount()).isEqualTo(1);
  }

  @Test
  void aChangedConfigMapIsTranslatedAgain() {
    World world = world("default: {" + validation(CA) + "}");
    var before = listener(world, "one").getClientRoots(0);

    world.apply(config("shop", "ca", "ca.crt", server.certificate()));
    assertThat(listener(world, "one").getClientRoots(0)).isNotEqualTo(before);

    world.remove(Kind.CONFIG_MAP, "shop", "ca");
    assertThat(condition(world, "one", "Accepted")).isEqualTo("False/NoValidCACertificate");

    world.apply(config("shop", "ca", "ca.crt", client.certificate()));
    assertThat(listener(world, "one").getClientRoots(0)).isEqualTo(before);
  }

  @Test
  void repeatedAuthoritiesAreSentOnce() {
    World world =
        world("default: {" + validation("{group: '', kind: ConfigMap, name: twice}, " + CA) + "}");

    assertThat(listener(world, "one").getClientRootsCount()).isEqualTo(1);
  }

  @Test
  void aGrantLetsAGatewayUseAuthoritiesOfAnotherNamespaceUntilItIsGone() {
    World world =
        world(
                "default: {"
                    + validation("{group: '', kind: ConfigMap, name: ca, namespace: other}")
                    + "}")
            .apply(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: ReferenceGrant
                metadata: {name: g, namespace: other}
                spec:
                  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: shop}]
                  to: [{group: '', kind: ConfigMap}]
                """);
    assertThat(listener(world, "one").getClientRootsCount()).isEqualTo(1);

    world.remove(Kind.REFERENCE_GRANT, "other", "g");
    assertThat(condition(world, "one", "ResolvedRefs")).isEqualTo("False/RefNotPermitted");
    assertThat(world.resource("gateway/shop/edge").getGateway().getListenersCount()).isEqualTo(1);
  }

  @Test
  void whatHasNoEffectIsSaid() {
    World world =
        new World(
            World.BASE,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: edge, namespace: shop}
            spec:
              gatewayClassName: weft
              listeners:
              - {name: http, port: 80, protocol: HTTP}
              - {name: s, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}], options: {a.b/min: '1.3'}}}
            """);

    assertThat(world.gateway("edge", Programmed.NOTHING).conditions().getFirst().message())
        .isEqualTo("without effect: tls.options of listener s");
  }
}
