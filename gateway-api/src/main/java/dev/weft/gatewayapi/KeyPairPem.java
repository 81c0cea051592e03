package dev.weft.gatewayapi;

import dev.weft.resources.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * A certificate chain and its private key from PEM, as TLS Secrets hold them: keys as PKCS#8
 * ("PRIVATE KEY"), PKCS#1 ("RSA PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY").
 */
final class KeyPairPem {
  /** More than any real chain; each certificate is sent to every node that serves it. */
  private static final int MAX_CHAIN = 16;

  /** What browsers and other proxies demand too. */
  private static final int MIN_RSA_BITS = 2048;

  /** The curves that TLS 1.3 signs with (RFC 8446, section 4.2.3), by the size of their field. */
  private static final Set<Integer> CURVES = Set.of(256, 384, 521);

  private final List<byte[]> chain;
  private final byte[] key;
  private final Instant ends;

  private KeyPairPem(List<byte[]> chain, byte[] key, Instant ends) {
    this.chain = chain;
    this.key = key;
    this.ends = ends;
  }

  /** When the leaf is no longer valid. */
  Instant ends() {
    return ends;
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
    X509CertificateHolder leaf = certificates.getFirst();
    PublicKey subject = publicKey(leaf);
    byte[] key = pkcs8(keyPem);
    try {
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
      return new KeyPairPem(List.copyOf(chain), key, leaf.getNotAfter().toInstant());
    } catch (GeneralSecurityException | IOException e) {
      throw new CertificatesPem.Unusable("the key is not that of the first certificate");
    }
  }

  /** The leaf's key, of a kind that nodes and clients take. */
  private static PublicKey publicKey(X509CertificateHolder leaf) throws CertificatesPem.Unusable {
    try {
      PublicKey key = new JcaPEMKeyConverter().getPublicKey(leaf.getSubjectPublicKeyInfo());
      boolean usable =
          switch (key) {
            case RSAPublicKey rsa -> rsa.getModulus().bitLength() >= MIN_RSA_BITS;
            case ECPublicKey ec ->
                CURVES.contains(ec.getParams().getCurve().getField().getFieldSize());
            default -> false;
          };
      if (usable) {
        return key;
      }
    } catch (IOException | RuntimeException e) {
      // Unknown algorithms and curves; said below.
    }
    throw new CertificatesPem.Unusable(
        "the certificate's key must be RSA of at least "
            + MIN_RSA_BITS
            + " bits, or ECDSA on P-256, P-384 or P-521");
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
        if (read instanceof PEMEncryptedKeyPair || read instanceof PKCS8EncryptedPrivateKeyInfo) {
          throw new CertificatesPem.Unusable(
              Secret.TLS_KEY + " is encrypted; Weft needs it without a passphrase");
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new CertificatesPem.Unusable(
          Secret.TLS_KEY + " holds no PEM private key that can be read");
    }
    throw new CertificatesPem.Unusable(Secret.TLS_KEY + " holds no PEM private key");
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
