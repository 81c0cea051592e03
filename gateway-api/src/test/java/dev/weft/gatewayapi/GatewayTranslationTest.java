package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Gateway;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.io.ByteArrayInputStream;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayTranslationTest {
  private static Pem rsa;
  private static Pem ec;

  @BeforeAll
  static void makeKeys() throws Exception {
    rsa = Pem.of("RSA");
    ec = Pem.of("EC");
  }

  private static String gateway(String spec) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: edge, namespace: shop, generation: 5}
    spec: {gatewayClassName: weft, %s}
    """
        .formatted(spec);
  }

  private static String https(String certificateRefs) {
    return "listeners: [{name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [%s]}}]"
        .formatted(certificateRefs);
  }

  private static World world(String spec) {
    return new World(
        World.BASE,
        Pem.secret("shop", "cert", rsa.certificate(), rsa.pkcs8()),
        Pem.secret("other", "cert", rsa.certificate(), rsa.pkcs8()),
        gateway(spec));
  }

  private static String condition(World world, String type) {
    return World.condition(world.gateway("edge", Programmed.NOTHING).conditions(), type);
  }

  private static String listener(World world, String name, String type) {
    return World.condition(world.listener("edge", name).conditions(), type);
  }

  @Test
  void aGatewayWithAddressListenersAndCertificate() {
    World world =
        world(
            "listeners: [{name: http, port: 80, protocol: HTTP, hostname: '*.a.com'},"
                + " {name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}]");

    Gateway gateway = world.resource("gateway/shop/edge").getGateway();
    ObjectStatus.OfGateway status = world.gateway("edge", Programmed.NOTHING);
    assertThat(gateway.getListeners(0).getHostname()).isEqualTo("*.a.com");
    assertThat(gateway.getListeners(1).getProtocol()).isEqualTo(Gateway.Protocol.PROTOCOL_HTTPS);
    assertThat(gateway.getListeners(1).getCertificatesList())
        .containsExactly("certificate/shop/cert");
    assertThat(world.resource("certificate/shop/cert").getCertificate().getChainCount())
        .isEqualTo(1);
    assertThat(status.addresses())
        .singleElement()
        .satisfies(
            address -> {
              assertThat(world.pool.contains(address.value())).isTrue();
              assertThat(address.type()).isEqualTo("IPAddress");
            });
    assertThat(condition(world, "Accepted")).isEqualTo("True/Accepted");
    assertThat(status.conditions()).allMatch(each -> each.observedGeneration() == 5);
    for (String type : new String[] {"Accepted", "ResolvedRefs"}) {
      assertThat(listener(world, "tls", type)).isEqualTo("True/" + type);
    }
    assertThat(listener(world, "tls", "Conflicted")).isEqualTo("False/NoConflicts");
    assertThat(world.listener("edge", "http").supportedKinds())
        .extracting(kind -> kind.kind())
        .containsExactly("HTTPRoute", "GRPCRoute");
  }

  @Test
  void programmedIsWhatNodesSay() {
    World world = world("listeners: [{name: http, port: 80, protocol: HTTP}]");
    String name = "gateway/shop/edge";
    Programmed acked = new Programmed(name::equals, _ -> null);
    Programmed refused = new Programmed(_ -> false, Map.of(name, "no memory")::get);

    assertThat(condition(world, "Programmed")).isEqualTo("Unknown/Pending");
    assertThat(World.condition(world.gateway("edge", acked).conditions(), "Programmed"))
        .isEqualTo("True/Programmed");
    assertThat(
            World.condition(
                world.gateway("edge", acked).listeners().getFirst().conditions(), "Programmed"))
        .isEqualTo("True/Programmed");
    assertThat(World.condition(world.gateway("edge", refused).conditions(), "Programmed"))
        .isEqualTo("False/Invalid");
    assertThat(world.gateway("edge", refused).conditions().get(1).message()).contains("no memory");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // spec | Accepted | Programmed | has a resource
        "listeners: [{name: a, port: 80, protocol: HTTP}], infrastructure: {parametersRef: {group: '', kind: ConfigMap, name: x}} | False/InvalidParameters | False/Invalid | false",
        "listeners: [{name: a, port: 80, protocol: HTTP}], tls: {backend: {}} | True/Accepted | Unknown/Pending | true",
        "listeners: [{name: a, port: 80, protocol: SCTP}] | False/ListenersNotValid | False/Invalid | false",
        "listeners: [{name: a, port: 80, protocol: INVALID}, {name: b, port: 81, protocol: HTTP}] | True/ListenersNotValid | Unknown/Pending | true",
        "listeners: [{name: a, port: 80, protocol: HTTP}], addresses: [{type: Hostname, value: a.b}] | False/UnsupportedAddress | False/Invalid | false",
        "listeners: [{name: a, port: 80, protocol: HTTP}], addresses: [{type: test/fake, value: x}, {value: 172.31.255.9}] | False/UnsupportedAddress | False/Invalid | false",
        "listeners: [{name: a, port: 80, protocol: HTTP}], addresses: [{value: 172.31.255.9}, {value: 192.0.2.1}] | True/Accepted | False/AddressNotUsable | true",
        "listeners: [{name: a, port: 80, protocol: HTTP}], addresses: [{value: 172.31.255.9}] | True/Accepted | Unknown/Pending | true",
        "listeners: [{name: a, port: 80, protocol: HTTP}], addresses: [{type: IPAddress}] | True/Accepted | Unknown/Pending | true",
      })
  void gatewaysAreAcceptedAsTheSpecificationSays(
      String spec, String accepted, String programmed, boolean resource) {
    World world = world(spec);

    assertThat(condition(world, "Accepted")).isEqualTo(accepted);
    assertThat(condition(world, "Programmed")).isEqualTo(programmed);
    assertThat(world.resources().containsKey("gateway/shop/edge")).isEqualTo(resource);
  }

  @Test
  void requestedAddressesAreGiven() {
    World world =
        world(
            "listeners: [{name: a, port: 80, protocol: HTTP}], addresses: [{value: 172.31.255.9}]");

    assertThat(world.gateway("edge", Programmed.NOTHING).addresses())
        .extracting(ObjectStatus.Address::value)
        .containsExactly("172.31.255.9");
  }

  @Test
  void anAddressIsOneGatewaysUntilItIsGone() {
    String listeners = "listeners: [{name: a, port: 80, protocol: HTTP}]";
    World world = world(listeners);
    String given = world.gateway("edge", Programmed.NOTHING).addresses().getFirst().value();
    world.apply(
        gateway(listeners + ", addresses: [{value: " + given + "}]")
            .replace("name: edge", "name: thief"));

    assertThat(
            World.condition(world.gateway("thief", Programmed.NOTHING).conditions(), "Programmed"))
        .isEqualTo("False/AddressNotUsable");
    assertThat(world.resources()).doesNotContainKey("gateway/shop/thief");
    assertThat(world.gateway("edge", Programmed.NOTHING).addresses().getFirst().value())
        .isEqualTo(given);

    world.remove(Kind.GATEWAY, "shop", "edge");
    assertThat(world.gateway("thief", Programmed.NOTHING).addresses().getFirst().value())
        .isEqualTo(given);

    world.apply(gateway(listeners));
    assertThat(world.gateway("edge", Programmed.NOTHING).addresses().getFirst().value())
        .as("its first choice is asked for by somebody else now")
        .isNotEqualTo(given);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // listeners | name | Accepted | Conflicted | ResolvedRefs | kinds
        "{name: a, port: 80, protocol: INVALID} | a | False/UnsupportedProtocol | False/NoConflicts | True/ResolvedRefs | ``",
        "{name: a, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: TCPRoute}]}} | a | True/Accepted | False/NoConflicts | False/InvalidRouteKinds | ``",
        "{name: a, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: TCPRoute}, {kind: HTTPRoute}]}} | a | True/Accepted | False/NoConflicts | False/InvalidRouteKinds | HTTPRoute",
        "{name: a, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{group: x.io, kind: HTTPRoute}]}} | a | True/Accepted | False/NoConflicts | False/InvalidRouteKinds | ``",
        "{name: a, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}]}} | a | True/Accepted | False/NoConflicts | True/ResolvedRefs | GRPCRoute",
        "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}} | a | False/ProtocolConflict | True/ProtocolConflict | True/ResolvedRefs | HTTPRoute GRPCRoute",
        "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}} | b | False/ProtocolConflict | True/ProtocolConflict | True/ResolvedRefs | HTTPRoute GRPCRoute",
        "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP, hostname: x.com} | a | True/Accepted | False/NoConflicts | True/ResolvedRefs | HTTPRoute GRPCRoute",
      })
  void listenersAreAcceptedAsTheSpecificationSays(
      String listeners,
      String name,
      String accepted,
      String conflicted,
      String resolved,
      String kinds) {
    World world = world("listeners: [" + listeners + "]");

    assertThat(listener(world, name, "Accepted")).isEqualTo(accepted);
    assertThat(listener(world, name, "Conflicted")).isEqualTo(conflicted);
    assertThat(listener(world, name, "ResolvedRefs")).isEqualTo(resolved);
    assertThat(world.listener("edge", name).supportedKinds())
        .extracting(dev.weft.resources.Gateway.RouteKind::kind)
        .isEqualTo(kinds.isEmpty() ? java.util.List.of() : java.util.List.of(kinds.split(" ", -1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{name: cert} | True/ResolvedRefs | Unknown/Pending",
        "{name: gone} | False/InvalidCertificateRef | False/Invalid",
        "{name: cert, kind: ConfigMap} | False/InvalidCertificateRef | False/Invalid",
        "{name: cert, group: x.io} | False/InvalidCertificateRef | False/Invalid",
        "{name: cert, namespace: other} | False/RefNotPermitted | False/Invalid",
        "{name: gone, namespace: other} | False/RefNotPermitted | False/Invalid",
        "{name: cert}, {name: gone} | False/InvalidCertificateRef | Unknown/Pending",
      })
  void certificatesResolve(String refs, String resolved, String programmed) {
    World world = world(https(refs));

    assertThat(listener(world, "tls", "Accepted")).isEqualTo("True/Accepted");
    assertThat(listener(world, "tls", "ResolvedRefs")).isEqualTo(resolved);
    assertThat(listener(world, "tls", "Programmed")).isEqualTo(programmed);
    assertThat(condition(world, "Accepted")).isEqualTo("True/Accepted");
    assertThat(world.listener("edge", "tls").supportedKinds()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{group: '', kind: Secret}", "{group: '', kind: Secret, name: cert}"})
  void aGrantLetsAGatewayUseASecretOfAnotherNamespaceUntilItIsGone(String to) {
    World world =
        world(https("{name: cert, namespace: other}"))
            .apply(
                """
                apiVersion: gateway.networking.k8s.io/v1beta1
                kind: ReferenceGrant
                metadata: {name: g, namespace: other}
                spec:
                  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: shop}]
                  to: [%s]
                """
                    .formatted(to));
    assertThat(listener(world, "tls", "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(world.resources()).containsKey("certificate/other/cert");

    world.remove(Kind.REFERENCE_GRANT, "other", "g");
    assertThat(listener(world, "tls", "ResolvedRefs")).isEqualTo("False/RefNotPermitted");
    assertThat(world.resources()).doesNotContainKey("certificate/other/cert");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rsa pkcs8", "rsa traditional", "ec pkcs8", "ec traditional", "rsa chain"})
  void readsEveryUsualKeyForm(String form) throws Exception {
    Pem pem = form.startsWith("rsa") ? rsa : ec;
    String chain =
        form.endsWith("chain") ? pem.certificate() + ec.certificate() : pem.certificate();
    String key = form.endsWith("traditional") ? pem.traditional() : pem.pkcs8();
    World world = world(https("{name: cert}")).apply(Pem.secret("shop", "cert", chain, key));

    Certificate certificate = world.resource("certificate/shop/cert").getCertificate();
    var leaf =
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate.getChain(0).toByteArray()));
    String algorithm = leaf.getPublicKey().getAlgorithm();
    assertThat(
            KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(certificate.getKey().toByteArray()))
                .getFormat())
        .isEqualTo("PKCS#8");
    assertThat(certificate.getChainCount()).isEqualTo(form.endsWith("chain") ? 2 : 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "wrong key | not that of the first certificate",
        "encrypted traditional | is encrypted",
        "encrypted pkcs8 | is encrypted",
        "small key | RSA of at least 2048",
        "unusual key | RSA of at least 2048",
        "other kind of key | not that of the first certificate",
        "no certificate | tls.crt",
        "no key | tls.key",
        "swapped | tls.crt",
        "garbage | tls.key",
      })
  void unusableSecretsAreRefusedWithoutTellingThem(String what, String message) throws Exception {
    Pem small = Pem.of("RSA", 1024);
    Pem ed = Pem.of("Ed25519", 255);
    String[] parts =
        switch (what) {
          case "wrong key" -> new String[] {rsa.certificate(), Pem.of("RSA").pkcs8()};
          case "encrypted traditional" ->
              new String[] {rsa.certificate(), Pem.encrypted(rsa.traditional())};
          case "encrypted pkcs8" -> new String[] {ec.certificate(), Pem.encryptedPkcs8("EC")};
          case "small key" -> new String[] {small.certificate(), small.pkcs8()};
          case "unusual key" -> new String[] {ed.certificate(), ed.pkcs8()};
          case "other kind of key" -> new String[] {rsa.certificate(), ec.pkcs8()};
          case "no certificate" -> new String[] {"", rsa.pkcs8()};
          case "no key" -> new String[] {rsa.certificate(), ""};
          case "swapped" -> new String[] {rsa.pkcs8(), rsa.certificate()};
          default -> new String[] {rsa.certificate(), rsa.pkcs8().replaceAll("[A-F]", "x")};
        };
    World world =
        world(https("{name: cert}")).apply(Pem.secret("shop", "cert", parts[0], parts[1]));

    assertThat(listener(world, "tls", "ResolvedRefs")).isEqualTo("False/InvalidCertificateRef");
    assertThat(world.listener("edge", "tls").conditions())
        .filteredOn(each -> each.type().equals("ResolvedRefs"))
        .singleElement()
        .satisfies(each -> assertThat(each.message()).contains(message).doesNotContain("MII"));
    assertThat(world.resources()).doesNotContainKey("certificate/shop/cert");
  }

  @Test
  void untilWhenACertificateIsValidIsSaid() {
    World world = world(https("{name: cert}"));

    assertThat(world.listener("edge", "tls").conditions())
        .filteredOn(each -> each.type().equals("ResolvedRefs"))
        .singleElement()
        .satisfies(
            each ->
                assertThat(each.message())
                    .isEqualTo("Secret shop/cert is valid until " + Pem.ENDS));
  }

  @Test
  void anExpiredCertificateIsServedAndItsEndSaid() throws Exception {
    Pem expired = Pem.of("EC", 256, java.time.Instant.parse("2026-01-02T00:00:00Z"));
    World world =
        world(https("{name: cert}"))
            .apply(Pem.secret("shop", "cert", expired.certificate(), expired.pkcs8()));

    assertThat(world.resources()).containsKey("certificate/shop/cert");
    assertThat(listener(world, "tls", "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(world.listener("edge", "tls").conditions().get(2).message())
        .endsWith("until 2026-01-02T00:00:00Z");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // backend | ResolvedRefs | certificate
        "{} | True/ResolvedRefs | ``",
        "{clientCertificateRef: {name: cert}} | True/ResolvedRefs | certificate/shop/cert",
        "{clientCertificateRef: {name: gone}} | False/InvalidClientCertificateRef | ``",
        "{clientCertificateRef: {group: x.io, kind: Secret, name: cert}} | False/InvalidClientCertificateRef | ``",
        "{clientCertificateRef: {kind: WrongKind, name: cert}} | False/InvalidClientCertificateRef | ``",
        "{clientCertificateRef: {name: opaque}} | False/InvalidClientCertificateRef | ``",
        "{clientCertificateRef: {name: cert, namespace: other}} | False/RefNotPermitted | ``",
        "{clientCertificateRef: {name: gone, namespace: other}} | False/RefNotPermitted | ``",
      })
  void whatAGatewayShowsToBackendsResolves(String backend, String resolved, String certificate) {
    World world =
        world("listeners: [{name: a, port: 80, protocol: HTTP}], tls: {backend: " + backend + "}")
            .apply(
                "{apiVersion: v1, kind: Secret, metadata: {name: opaque, namespace: shop}, data:"
                    + " {}, type: Opaque}");

    assertThat(condition(world, "ResolvedRefs")).isEqualTo(resolved);
    assertThat(condition(world, "Accepted")).isEqualTo("True/Accepted");
    assertThat(listener(world, "a", "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(world.resource("gateway/shop/edge").getGateway().getBackendCertificate())
        .isEqualTo(certificate);
    assertThat(world.resources().containsKey("certificate/shop/cert"))
        .as("a key goes to nobody who needs it not")
        .isEqualTo(!certificate.isEmpty());
  }

  @Test
  void aGatewaySumsItsListenersReferencesUp() {
    assertThat(condition(world(https("{name: gone}")), "ResolvedRefs"))
        .isEqualTo("False/ListenersNotResolved");
    assertThat(condition(world(https("{name: cert}")), "ResolvedRefs"))
        .isEqualTo("True/ResolvedRefs");
  }
}
