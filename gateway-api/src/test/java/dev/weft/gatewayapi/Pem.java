package dev.weft.gatewayapi;

import java.io.StringReader;
import java.io.StringWriter;
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
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A self-signed certificate and its key in the forms that Secrets hold. */
record Pem(String certificate, String pkcs8, String traditional) {

  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");

  static final Instant ENDS = FROM.plusSeconds(86_400L * 3650);

  /** RSA or EC. */
  static Pem of(String algorithm) throws Exception {
    return of(algorithm, algorithm.equals("RSA") ? 2048 : 256);
  }

  static Pem of(String algorithm, int bits) throws Exception {
    return of(algorithm, bits, ENDS);
  }

  static Pem of(String algorithm, int bits, Instant ends) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    KeyPair pair = generator.generateKeyPair();
    X500Name name = new X500Name("CN=test");
    String signature =
        switch (algorithm) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> algorithm;
        };
    byte[] certificate =
        new JcaX509v3CertificateBuilder(
                name, BigInteger.ONE, Date.from(FROM), Date.from(ends), name, pair.getPublic())
            .build(new JcaContentSignerBuilder(signature).build(pair.getPrivate()))
            .getEncoded();
    byte[] inner =
        PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
            .parsePrivateKey()
            .toASN1Primitive()
            .getEncoded();
    return new Pem(
        block("CERTIFICATE", certificate),
        block("PRIVATE KEY", pair.getPrivate().getEncoded()),
        block(algorithm + " PRIVATE KEY", algorithm.equals("EC") ? ec(pair, inner) : inner));
  }

  /** A key in the traditional form with a passphrase, as openssl writes it. */
  static String encrypted(String traditional) throws Exception {
    StringWriter out = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(out);
        PEMParser parser = new PEMParser(new StringReader(traditional))) {
      PEMKeyPair pair = (PEMKeyPair) parser.readObject();
      writer.writeObject(
          new JcaPEMKeyConverter().getKeyPair(pair),
          new JcePEMEncryptorBuilder("AES-256-CBC")
              .setProvider(new BouncyCastleProvider())
              .build("secret".toCharArray()));
    }
    return out.toString();
  }

  /** A key in PKCS#8 with a passphrase. */
  static String encryptedPkcs8(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    KeyPair pair = generator.generateKeyPair();
    OutputEncryptor encryptor =
        new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
            .setProvider(new BouncyCastleProvider())
            .setPassword("secret".toCharArray())
            .build();
    StringWriter out = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(out)) {
      writer.writeObject(new JcaPKCS8Generator(pair.getPrivate(), encryptor));
    }
    return out.toString();
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
