package dev.weft.identity;

import java.io.ByteArrayInputStream;
import java.security.Provider;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** X.509 certificates to and from DER and PEM. */
public final class Certificates {

  /** No certificate of a mesh or a public CA comes near. */
  private static final int MAX_DER = 64 * 1024;

  private static final int MAX_CHAIN = 32;

  /** A public list of authorities has about 150. */
  private static final int MAX_BUNDLE = 256;

  /** Made by the first who needs it: it loads hundreds of classes. */
  private static final class Lenient {
    static final Provider PROVIDER = new BouncyCastleProvider();
  }

  private Certificates() {}

  /**
   * Reads one certificate.
   *
   * @throws CertificateException if the bytes are not exactly one DER certificate
   */
  public static X509Certificate fromDer(byte[] der) throws CertificateException {
    return fromDer(der, CertificateFactory.getInstance("X.509"));
  }

  private static X509Certificate fromDer(byte[] der, CertificateFactory factory)
      throws CertificateException {
    if (der.length > MAX_DER) {
      throw new CertificateException("a certificate of " + der.length + " bytes");
    }
    ByteArrayInputStream in = new ByteArrayInputStream(der);
    X509Certificate certificate = (X509Certificate) factory.generateCertificate(in);
    if (certificate == null) {
      throw new CertificateException("no certificate in DER");
    }
    if (in.available() > 0) {
      throw new CertificateException("bytes after the certificate");
    }
    return certificate;
  }

  /**
   * Reads a chain.
   *
   * @throws CertificateException if one is no DER certificate
   */
  public static List<X509Certificate> fromDer(Iterable<byte[]> ders) throws CertificateException {
    return fromDer(ders, MAX_CHAIN);
  }

  /**
   * Reads the certificates of authorities, of which there may be many.
   *
   * @throws CertificateException if one is no DER certificate
   */
  public static List<X509Certificate> bundleFromDer(Iterable<byte[]> ders)
      throws CertificateException {
    return fromDer(ders, MAX_BUNDLE);
  }

  private static List<X509Certificate> fromDer(Iterable<byte[]> ders, int most)
      throws CertificateException {
    return fromDer(ders, most, CertificateFactory.getInstance("X.509"));
  }

  private static List<X509Certificate> fromDer(
      Iterable<byte[]> ders, int most, CertificateFactory factory) throws CertificateException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (byte[] der : ders) {
      if (certificates.size() == most) {
        throw new CertificateException("more than " + most + " certificates");
      }
      certificates.add(fromDer(der, factory));
    }
    return certificates;
  }

  /**
   * Reads a chain that is only shown to others, who judge it: names that the JDK's reader finds
   * malformed, such as a URI without a scheme, are theirs to refuse.
   *
   * @throws CertificateException if one is no DER certificate
   */
  static List<X509Certificate> shownFromDer(Iterable<byte[]> ders) throws CertificateException {
    List<X509Certificate> strict = strictFromDer(ders);
    return strict.isEmpty()
        ? fromDer(ders, MAX_CHAIN, CertificateFactory.getInstance("X.509", Lenient.PROVIDER))
        : strict;
  }

  /** Empty where the JDK refuses one, now or when somebody asks for the names. */
  private static List<X509Certificate> strictFromDer(Iterable<byte[]> ders) {
    try {
      List<X509Certificate> certificates = fromDer(ders);
      for (X509Certificate certificate : certificates) {
        certificate.getSubjectAlternativeNames();
      }
      return certificates;
    } catch (CertificateException e) {
      return List.of();
    }
  }

  /** The DER encoding of a certificate that was parsed before. */
  public static byte[] toDer(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that cannot be encoded", e);
    }
  }

  /** PEM text of several certificates. */
  public static String toPem(List<X509Certificate> certificates) {
    StringBuilder out = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      out.append(pem("CERTIFICATE", toDer(certificate)));
    }
    return out.toString();
  }

  static String pem(String what, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
  }
}
