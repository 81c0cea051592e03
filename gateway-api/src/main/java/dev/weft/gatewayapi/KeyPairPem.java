package dev.weft.gatewayapi;

import dev.weft.resources.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A certificate chain and its private key from PEM, as TLS Secrets hold them: keys as PKCS#8
 * ("PRIVATE KEY"), PKCS#1 ("RSA PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY").
 */
final class KeyPairPem {
  /** More than any real chain; each certificate is sent to every node that serves it. */
  private static final int MAX_CHAIN = 16;

  private final List<byte[]> chain;
  private final byte[] key;

  private KeyPairPem(List<byte[]> chain, byte[] key) {
    this.chain = chain;
    this.key = key;
  }

  /** DER, leaf first. */
  List<byte[]> chain() {
    return chain;
  }

  /** PKCS#8 DER. */
  byte[] key() {
    return key;
  }

  static KeyPairPem read(byte[] certificatePem, byte[] keyPem) throws CertificatesPem.Unusable {
    List<X509CertificateHolder> certificates =
        CertificatesPem.read(certificatePem, Secret.TLS_CERT, MAX_CHAIN);
    byte[] key = pkcs8(keyPem);
    try {
      PublicKey subject =
          new JcaPEMKeyConverter().getPublicKey(certificates.getFirst().getSubjectPublicKeyInfo());
      PrivateKey secret =
          KeyFactory.getInstance(subject.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(key));
      if (!belongTogether(subject, secret)) {
        throw new CertificatesPem.Unusable("the key is not that of the first certificate");
      }
      List<byte[]> chain = new ArrayList<>();
      for (X509CertificateHolder certificate : certificates) {
        chain.add(certificate.getEncoded());
      }
      return new KeyPairPem(List.copyOf(chain), key);
    } catch (GeneralSecurityException | IOException e) {
      throw new CertificatesPem.Unusable("the key is not that of the first certificate");
    }
  }

  private static byte[] pkcs8(byte[] pem) throws CertificatesPem.Unusable {
    try (PEMParser parser = CertificatesPem.parser(pem)) {
      Object read;
      while ((read = parser.readObject()) != null) {
        if (read instanceof PrivateKeyInfo info) {
          return info.getEncoded();
        }
        if (read instanceof PEMKeyPair pair) {
          return pair.getPrivateKeyInfo().getEncoded();
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new CertificatesPem.Unusable("tls.key holds no PEM private key that can be read");
    }
    throw new CertificatesPem.Unusable("tls.key holds no unencrypted PEM private key");
  }

  private static boolean belongTogether(PublicKey subject, PrivateKey secret)
      throws GeneralSecurityException {
    String algorithm =
        switch (subject.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> subject.getAlgorithm();
        };
    byte[] probe = "weft".getBytes(StandardCharsets.US_ASCII);
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(secret);
    signer.update(probe);
    byte[] signature = signer.sign();
    signer.initVerify(subject);
    signer.update(probe);
    return signer.verify(signature);
  }
}
