package dev.weft.gatewayapi;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A self-signed certificate and its key in the forms that Secrets hold. */
record Pem(String certificate, String pkcs8, String traditional) {

  /** RSA or EC. */
  static Pem of(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(algorithm.equals("RSA") ? 2048 : 256);
    KeyPair pair = generator.generateKeyPair();
    X500Name name = new X500Name("CN=test");
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    byte[] certificate =
        new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(from),
                Date.from(from.plusSeconds(86_400L * 3650)),
                name,
                pair.getPublic())
            .build(
                new JcaContentSignerBuilder(
                        algorithm.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA")
                    .build(pair.getPrivate()))
            .getEncoded();
    byte[] inner =
        PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
            .parsePrivateKey()
            .toASN1Primitive()
            .getEncoded();
    return new Pem(
        block("CERTIFICATE", certificate),
        block("PRIVATE KEY", pair.getPrivate().getEncoded()),
        block(algorithm + " PRIVATE KEY", algorithm.equals("RSA") ? inner : ec(pair, inner)));
  }

  /** SEC 1 with the curve's name inside, as openssl writes it. */
  private static byte[] ec(KeyPair pair, byte[] inner) throws Exception {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded());
    var key = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(inner);
    return new org.bouncycastle.asn1.sec.ECPrivateKey(
            256, key.getKey(), null, info.getPrivateKeyAlgorithm().getParameters())
        .getEncoded();
  }

  private static String block(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }

  static String secret(String namespace, String name, String certificate, String key) {
    Base64.Encoder base64 = Base64.getEncoder();
    return """
    apiVersion: v1
    kind: Secret
    metadata: {name: %s, namespace: %s}
    type: kubernetes.io/tls
    data:
      tls.crt: "%s"
      tls.key: "%s"
    """
        .formatted(
            name,
            namespace,
            base64.encodeToString(certificate.getBytes(StandardCharsets.US_ASCII)),
            base64.encodeToString(key.getBytes(StandardCharsets.US_ASCII)));
  }
}
