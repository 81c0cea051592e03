package dev.weft.identity;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Certificate;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A server certificate that a user gave to a Gateway's listener, with its key. Immutable; never
 * logged.
 *
 * @param chain leaf first
 * @param key of the leaf: RSA or ECDSA
 * @param dnsNames the leaf's DNS names in lower case, {@code *.example.com} for a wildcard
 */
public record GatewayCertificate(
    List<X509Certificate> chain, PrivateKey key, List<String> dnsNames) {

  /** GeneralName choice dNSName, RFC 5280 §4.2.1.6. */
  private static final int DNS_NAME = 2;

  /** Copies. */
  public GatewayCertificate {
    chain = List.copyOf(chain);
    dnsNames = List.copyOf(dnsNames);
  }

  /**
   * Reads a Certificate resource. That key and certificate belong together is what the control
   * plane has seen to: proving it takes a cold process longer than all else here, and if it were
   * not so, clients would refuse the handshake.
   *
   * @throws CertificateException if a part cannot be read; the message says which, without any
   *     secret
   */
  public static GatewayCertificate of(Certificate resource) throws CertificateException {
    List<X509Certificate> chain =
        Certificates.shownFromDer(
            resource.getChainList().stream().map(ByteString::toByteArray).toList());
    if (chain.isEmpty()) {
      throw new CertificateException("no certificate");
    }
    X509Certificate leaf = chain.getFirst();
    PrivateKey key = key(leaf.getPublicKey(), resource.getKey().toByteArray());
    return new GatewayCertificate(chain, key, dnsNames(leaf));
  }

  /** Whether a server name (lower case) is one of this certificate's (RFC 6125 §6.4.3). */
  boolean covers(String serverName) {
    int dot = serverName.indexOf('.');
    String wildcard = dot > 0 ? "*" + serverName.substring(dot) : "";
    return dnsNames.contains(serverName) || dnsNames.contains(wildcard);
  }

  /** Names the certificate, never the key. */
  @Override
  public String toString() {
    return "GatewayCertificate[" + dnsNames + "]";
  }

  private static PrivateKey key(PublicKey publicKey, byte[] pkcs8) throws CertificateException {
    String algorithm =
        switch (publicKey) {
          case RSAPublicKey _ -> "RSA";
          case ECPublicKey _ -> "EC";
          default ->
              throw new CertificateException(
                  "a " + publicKey.getAlgorithm() + " certificate; use RSA or ECDSA");
        };
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      // The cause may quote key bytes.
      throw new CertificateException("the private key is no " + algorithm + " key in PKCS#8");
    }
  }

  private static List<String> dnsNames(X509Certificate leaf) throws CertificateParsingException {
    List<String> names = new ArrayList<>();
    Collection<List<?>> all = leaf.getSubjectAlternativeNames();
    for (List<?> name : all == null ? List.<List<?>>of() : all) {
      if (name.get(0) instanceof Integer type && type == DNS_NAME) {
        names.add(((String) name.get(1)).toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }
}
