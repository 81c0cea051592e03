package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Resource;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** An authority and the certificates that it signs. */
final class Pki {
  private static final AtomicLong SERIAL = new AtomicLong(1);
  private static final Instant END = Instant.parse("2100-01-01T00:00:00Z");

  private final KeyPair keys;
  private final X509Certificate root;

  Pki(String name) throws Exception {
    keys = keys();
    root = certificate(name, keys, name, keys.getPrivate(), END, true);
  }

  /** A certificate with its key. */
  record Leaf(X509Certificate certificate, PrivateKey key) {

    Resource.Builder resource() throws Exception {
      return Resource.newBuilder()
          .setCertificate(
              Certificate.newBuilder()
                  .addChain(ByteString.copyFrom(certificate.getEncoded()))
                  .setKey(ByteString.copyFrom(key.getEncoded())));
    }

    /** What a server with it speaks. */
    SslContext server(String... protocols) throws Exception {
      return server(null, protocols);
    }

    /** What a server speaks that wants to know its clients. */
    SslContext server(@Nullable Pki clients, String... protocols) throws Exception {
      SslContextBuilder builder =
          SslContextBuilder.forServer(key, certificate).sslProvider(SslProvider.JDK);
      if (clients != null) {
        builder.trustManager(clients.root).clientAuth(ClientAuth.REQUIRE);
      }
      if (protocols.length > 0) {
        builder.applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                List.of(protocols)));
      }
      return builder.build();
    }
  }

  X509Certificate certificate() {
    return root;
  }

  ByteString root() throws Exception {
    return ByteString.copyFrom(root.getEncoded());
  }

  Leaf leaf(String commonName, GeneralName... names) throws Exception {
    return leaf(END, commonName, names);
  }

  Leaf leaf(Instant end, String commonName, GeneralName... names) throws Exception {
    KeyPair own = keys();
    return new Leaf(
        certificate(
            commonName,
            own,
            root.getSubjectX500Principal().getName().substring(3),
            keys.getPrivate(),
            end,
            false,
            names),
        own.getPrivate());
  }

  static GeneralName dns(String name) {
    return new GeneralName(GeneralName.dNSName, name);
  }

  static GeneralName uri(String name) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, name);
  }

  private static KeyPair keys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private static X509Certificate certificate(
      String subject,
      KeyPair own,
      String issuer,
      PrivateKey signer,
      Instant end,
      boolean authority,
      GeneralName... names)
      throws Exception {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=" + issuer),
            BigInteger.valueOf(SERIAL.getAndIncrement()),
            Date.from(Instant.EPOCH),
            Date.from(end),
            new X500Name("CN=" + subject),
            own.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
    if (names.length > 0) {
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer)));
  }
}
