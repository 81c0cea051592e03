package dev.weft.identity;

import io.spiffe.spiffeid.TrustDomain;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A certificate authority as it is kept. The root that the key belongs to signs.
 *
 * @param certificates every root to believe, PEM
 * @param key the key that signs, PEM (PKCS#8); it appears in no message
 */
public record CaPem(String certificates, String key) {

  /** What is kept cannot be used; the message says why. */
  public static final class Damaged extends Exception {
    private static final long serialVersionUID = 1L;

    private Damaged(String reason) {
      super(reason);
    }
  }

  /** Makes a new authority. */
  public static CaPem create(TrustDomain trustDomain, CertificateAuthority.Settings settings) {
    CertificateAuthority.Root root = CertificateAuthority.createRoot(trustDomain, settings);
    return new CaPem(
        Certificates.toPem(List.of(root.certificate())),
        Certificates.pem("PRIVATE KEY", root.key().getEncoded()));
  }

  /**
   * The authority.
   *
   * @throws Damaged if the texts are no certificates and a key of one of them
   */
  public CertificateAuthority open(TrustDomain trustDomain, CertificateAuthority.Settings settings)
      throws Damaged {
    PrivateKey privateKey = readKey();
    List<X509Certificate> roots = readCertificates();
    for (X509Certificate root : roots) {
      if (KeyPairs.match(root.getPublicKey(), privateKey)) {
        try {
          return new CertificateAuthority(
              trustDomain, new CertificateAuthority.Root(root, privateKey), roots, settings);
        } catch (IllegalArgumentException e) {
          throw new Damaged(String.valueOf(e.getMessage()));
        }
      }
    }
    throw new Damaged("the key belongs to none of the certificates");
  }

  private PrivateKey readKey() throws Damaged {
    try (PEMParser pem = new PEMParser(new StringReader(key))) {
      if (pem.readObject() instanceof PrivateKeyInfo info) {
        return new JcaPEMKeyConverter().getPrivateKey(info);
      }
    } catch (IOException | IllegalArgumentException e) {
      // The cause may quote the key.
      throw new Damaged("the key cannot be read as a PEM private key (PKCS#8)");
    }
    throw new Damaged("there is no private key (PKCS#8)");
  }

  private List<X509Certificate> readCertificates() throws Damaged {
    try {
      byte[] text = certificates.getBytes(StandardCharsets.US_ASCII);
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(text))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (CertificateException e) {
      throw new Damaged("there are no PEM certificates: " + e.getMessage());
    }
  }

  /** Names the kind, never the key. */
  @Override
  public String toString() {
    return "CaPem";
  }
}
