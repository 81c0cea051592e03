package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Certificate;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCounted;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayTlsTest {
  // JDK clients of this test check validity by the real clock.
  private final Mesh mesh = new Mesh(InstantSource.system());
  private final Wire wire = new Wire();

  @AfterEach
  void closeWire() {
    wire.close();
  }

  @Test
  void choosesByServerName() throws Exception {
    GatewayCertificate shop = parse("shop.example.com", "*.shop.example.com");
    GatewayCertificate bank = parse("bank.example.com");
    try (GatewayTls tls = GatewayTls.of(List.of(shop, bank), new ClientValidation.None(), true)) {
      assertThat(leafFor(tls, "shop.example.com")).isEqualTo(shop.chain().getFirst());
      assertThat(leafFor(tls, "bank.example.com")).isEqualTo(bank.chain().getFirst());
      assertThat(leafFor(tls, "a.shop.example.com")).isEqualTo(shop.chain().getFirst());
      assertThat(tls.map("BANK.example.com")).isSameAs(tls.map("bank.example.com"));
      assertThat(tls.map("a.b.shop.example.com")).isSameAs(tls.map(null));
      assertThat(tls.map("a.bank.example.com")).isSameAs(tls.map(null));
      assertThat(tls.map("")).isSameAs(tls.map(null));
    }
  }

  @Test
  void validatesClientsWhereItIsAsked() throws Exception {
    ClientValidation required = new ClientValidation.Required(List.of(mesh.root.certificate()));

    assertThat(serverFailure(required, mesh)).as("signed by a root").isNull();
    assertThat(serverFailure(required, null)).as("no certificate").isNotNull();
    assertThat(serverFailure(required, new Mesh(InstantSource.system())))
        .as("signed by somebody else")
        .isNotNull();
    assertThat(serverFailure(new ClientValidation.Optional(), null)).isNull();
    assertThat(serverFailure(new ClientValidation.Optional(), new Mesh(InstantSource.system())))
        .isNull();
    assertThat(serverFailure(new ClientValidation.None(), null)).isNull();
  }

  private @Nullable Throwable serverFailure(ClientValidation validation, @Nullable Mesh signer)
      throws Exception {
    SslContextBuilder client =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(mesh.root.certificate());
    if (signer != null) {
      Svid svid = signer.svid("client");
      client.keyManager(svid.key(), svid.chain());
    }
    try (GatewayTls tls = GatewayTls.of(List.of(parse("shop.example.com")), validation, true)) {
      Wire.Connection connection =
          wire.connect(() -> new SniHandler(tls), client.build(), "shop.example.com");
      Throwable failure = connection.serverFailure();
      connection.close();
      return failure;
    }
  }

  /**
   * The conformance suite's own certificates are like this. Go marks the names as critical where
   * there is no subject, and the JDK's reader looks at once only at what is critical.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void servesACertificateWithANameThatTheJdkFindsMalformed(boolean critical) throws Exception {
    KeyPair keys = KeyPairs.generate(Mesh.RANDOM);
    X500Name name = new X500Name("CN=default");
    byte[] der =
        new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(InstantSource.system().instant().minusSeconds(60)),
                Date.from(InstantSource.system().instant().plusSeconds(3600)),
                name,
                keys.getPublic())
            .addExtension(
                Extension.subjectAlternativeName,
                critical,
                new GeneralNames(
                    new GeneralName[] {
                      new GeneralName(GeneralName.uniformResourceIdentifier, "*"),
                      new GeneralName(GeneralName.dNSName, "shop.example.com")
                    }))
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
            .getEncoded();
    if (critical) {
      assertThatThrownBy(() -> Certificates.fromDer(der)).isInstanceOf(CertificateException.class);
    } else {
      X509Certificate strict = Certificates.fromDer(der);
      assertThatThrownBy(strict::getSubjectAlternativeNames)
          .isInstanceOf(CertificateException.class);
    }

    GatewayCertificate certificate =
        GatewayCertificate.of(resource(der, keys.getPrivate().getEncoded()));
    assertThat(certificate.covers("shop.example.com")).isTrue();
    try (GatewayTls tls = GatewayTls.of(List.of(certificate), new ClientValidation.None(), true)) {
      // A JDK client cannot even read it, so this one is BoringSSL's.
      SslContext client =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.OPENSSL)
              .trustManager(InsecureTrustManagerFactory.INSTANCE)
              .build();
      Wire.Connection connection =
          wire.connect(() -> new SniHandler(tls), client, "shop.example.com");
      assertThat(connection.serverFailure()).isNull();
      connection.close();
    }
  }

  @Test
  void closingFreesTheContextsOnce() throws Exception {
    GatewayTls tls =
        GatewayTls.of(List.of(parse("shop.example.com")), new ClientValidation.None(), true);
    SslContext context = tls.map(null);

    tls.close();
    tls.close();
    assertThat(((ReferenceCounted) context).refCnt()).isZero();
  }

  @Test
  void refusesWhatCannotServe() {
    KeyPair keys = KeyPairs.generate(Mesh.RANDOM);
    byte[] chain =
        Certificates.toDer(
            mesh.authority
                .signServer(keys.getPublic(), List.of("x.example.com"), List.of())
                .chain()
                .getFirst());

    refused(chain, new byte[] {1, 2, 3}, "PKCS#8");
    refused(new byte[] {1, 2, 3}, keys.getPrivate().getEncoded(), "");
    assertThatThrownBy(() -> GatewayCertificate.of(Certificate.getDefaultInstance()))
        .isInstanceOf(CertificateException.class)
        .hasMessage("no certificate");
    assertThatThrownBy(() -> GatewayTls.of(List.of(), new ClientValidation.None(), true))
        .isInstanceOf(CertificateException.class);
  }

  /** The control plane refuses such a pair; that this also ends well is the second line. */
  @Test
  void aForeignKeyServesNobody() throws Exception {
    KeyPair keys = KeyPairs.generate(Mesh.RANDOM);
    X509Certificate leaf =
        mesh.authority
            .signServer(keys.getPublic(), List.of("x.example.com"), List.of())
            .chain()
            .getFirst();
    byte[] foreign = KeyPairs.generate(Mesh.RANDOM).getPrivate().getEncoded();
    GatewayCertificate pair = GatewayCertificate.of(resource(Certificates.toDer(leaf), foreign));
    SslContext client =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(mesh.root.certificate())
            .build();
    try (GatewayTls tls = GatewayTls.of(List.of(pair), new ClientValidation.None(), true)) {
      Wire.Connection connection = wire.connect(() -> new SniHandler(tls), client, "x.example.com");
      assertThat(connection.clientFailure()).isNotNull();
      assertThat(connection.serverFailure()).isNotNull();
      connection.close();
    }
  }

  private static void refused(byte[] chain, byte[] key, String message) {
    assertThatThrownBy(() -> GatewayCertificate.of(resource(chain, key)))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining(message);
  }

  private X509Certificate leafFor(GatewayTls tls, @Nullable String name) throws Exception {
    SslContext client =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(mesh.root.certificate())
            .build();
    Wire.Connection connection = wire.connect(() -> new SniHandler(tls), client, name);
    assertThat(connection.clientFailure()).isNull();
    X509Certificate leaf =
        (X509Certificate) connection.clientTls().engine().getSession().getPeerCertificates()[0];
    connection.close();
    return leaf;
  }

  private GatewayCertificate parse(String... names) throws Exception {
    KeyPair keys = KeyPairs.generate(Mesh.RANDOM);
    X509Certificate leaf =
        mesh.authority.signServer(keys.getPublic(), List.of(names), List.of()).chain().getFirst();
    return GatewayCertificate.of(
        resource(Certificates.toDer(leaf), keys.getPrivate().getEncoded()));
  }

  private static Certificate resource(byte[] chain, byte[] key) {
    return Certificate.newBuilder()
        .addChain(ByteString.copyFrom(chain))
        .setKey(ByteString.copyFrom(key))
        .build();
  }
}
