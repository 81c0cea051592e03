package dev.weft.identity;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.spiffe.spiffeid.TrustDomain;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CertificateAuthorityTest {
  private static final String WEB = "spiffe://mesh.test/ns/shop/sa/web";

  private final ManualClock clock = new ManualClock();
  private final Mesh mesh = new Mesh(clock);

  @Test
  void signsAWorkloadForADay() throws Exception {
    X509Certificate leaf = mesh.svid("web").leaf();

    leaf.verify(mesh.root.certificate().getPublicKey());
    assertThat(leaf.getNotBefore().toInstant())
        .isEqualTo(ManualClock.START.minus(Duration.ofMinutes(2)));
    assertThat(leaf.getNotAfter().toInstant())
        .isEqualTo(ManualClock.START.plus(Duration.ofHours(24)));
    assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
    assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(6, WEB));
    assertThat(leaf.getExtendedKeyUsage())
        .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getPublicKey()).isInstanceOf(ECPublicKey.class);
    assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(127);
    assertThat(leaf.getSerialNumber()).isNotEqualTo(mesh.svid("web").leaf().getSerialNumber());
  }

  @Test
  void keysForOtherPurposesAreTheSameForOneSigningKeyAndPurposeOnly() {
    assertThat(mesh.authority.derive("a"))
        .hasSize(32)
        .isEqualTo(mesh.authority.derive("a"))
        .isNotEqualTo(mesh.authority.derive("b"))
        .isNotEqualTo(new Mesh(clock).authority.derive("a"));
  }

  @Test
  void refusesAnotherTrustDomain() throws Exception {
    WorkloadIdentity stranger =
        new WorkloadIdentity(TrustDomain.parse("other.test"), "shop", "web");
    CertificateRequest request =
        CertificateRequest.parse(
            CertificateRequest.create(stranger, KeyPairs.generate(Mesh.RANDOM), Mesh.RANDOM));

    assertThatThrownBy(() -> mesh.authority.sign(request))
        .isInstanceOf(CsrRefusedException.class)
        .hasMessageContaining("other.test");
  }

  @Test
  void neverOutlivesItsRoot() throws Exception {
    clock.set(mesh.root.certificate().getNotAfter().toInstant().minus(Duration.ofHours(1)));

    assertThat(mesh.svid("web").notAfter())
        .isEqualTo(mesh.root.certificate().getNotAfter().toInstant());
  }

  @Test
  void theServersOwnCertificateOpensNothingInTheMesh() throws Exception {
    KeyPair keys = KeyPairs.generate(Mesh.RANDOM);
    X509Certificate leaf =
        mesh.authority
            .signServer(keys.getPublic(), List.of("weft-control-plane"), List.of("127.0.0.1"))
            .chain()
            .getFirst();

    assertThat(leaf.getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(List.of(2, "weft-control-plane"), List.of(7, "127.0.0.1"));
    assertThatThrownBy(() -> PeerIdentity.of(new X509Certificate[] {leaf}))
        .isInstanceOf(PeerRejectedException.class);
  }

  static Stream<Arguments> badRequests() throws Exception {
    KeyPair p256 = KeyPairs.generate(Mesh.RANDOM);
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPairGenerator p384 = KeyPairGenerator.getInstance("EC");
    p384.initialize(new ECGenParameterSpec("secp384r1"));
    byte[] good = csr(p256, p256, "", uri(WEB));
    byte[] tampered =
        new String(good, ISO_8859_1).replace("/sa/web", "/sa/wab").getBytes(ISO_8859_1);
    byte[] trailing = Arrays.copyOf(good, good.length + 1);
    return Stream.of(
        arguments("tampered", tampered, "own key"),
        arguments("another's key", csr(p256, KeyPairs.generate(Mesh.RANDOM), "", uri(WEB)), "own"),
        arguments("RSA", csr(rsa.generateKeyPair(), "", uri(WEB)), "P-256"),
        arguments("P-384", csr(p384.generateKeyPair(), "", uri(WEB)), "P-256"),
        arguments("subject", csr(p256, p256, "CN=admin", uri(WEB)), "subject"),
        arguments("two URIs", csr(p256, p256, "", uri(WEB), uri(WEB + "2")), "one URI"),
        arguments(
            "URI and DNS",
            csr(p256, p256, "", uri(WEB), new GeneralName(GeneralName.dNSName, "x")),
            "one URI"),
        arguments("DNS", csr(p256, p256, "", new GeneralName(GeneralName.dNSName, "x")), "one URI"),
        arguments("no name", csr(p256, p256, ""), "one URI"),
        arguments("no SPIFFE id", csr(p256, p256, "", uri("https://x/")), "SPIFFE"),
        arguments("trailing byte", trailing, "PKCS#10"),
        arguments("truncated", Arrays.copyOf(good, good.length - 1), "PKCS#10"),
        arguments("empty", new byte[0], "PKCS#10"),
        arguments("zeros", new byte[100], "PKCS#10"),
        arguments("huge", new byte[100_000], "at most"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badRequests")
  void refusesBadRequests(String what, byte[] csr, String message) {
    assertThatThrownBy(() -> CertificateRequest.parse(csr))
        .as(what)
        .isInstanceOf(CsrRefusedException.class)
        .hasMessageContaining(message);
  }

  @Test
  void everyFlippedByteIsRefusedOrHarmless() throws Exception {
    KeyPair keys = KeyPairs.generate(Mesh.RANDOM);
    byte[] good = CertificateRequest.create(mesh.workload("web"), keys, Mesh.RANDOM);
    List<WorkloadIdentity> accepted = new ArrayList<>();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x01;
      try {
        accepted.add(CertificateRequest.parse(bad).workload());
      } catch (CsrRefusedException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
    assertThat(accepted).allMatch(mesh.workload("web")::equals);
  }

  private static GeneralName uri(String uri) {
    return Mesh.Leaf.uri(uri);
  }

  private static byte[] csr(KeyPair rsaOrEc, String subject, GeneralName... names)
      throws Exception {
    return csr(rsaOrEc, rsaOrEc, subject, names);
  }

  private static byte[] csr(KeyPair keys, KeyPair signer, String subject, GeneralName... names)
      throws Exception {
    var builder = new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), keys.getPublic());
    if (names.length > 0) {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, true, new GeneralNames(names));
      builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    }
    String algorithm =
        signer.getPrivate().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    return builder
        .build(new JcaContentSignerBuilder(algorithm).build(signer.getPrivate()))
        .getEncoded();
  }
}
