package dev.weft.identity;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.spiffe.spiffeid.TrustDomain;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The mesh's certificate authority: signs workload identities of its trust domain with one root,
 * and names every root that is to be believed (several during a rotation). Who may ask for which
 * identity is the caller's decision. Immutable, any thread.
 *
 * <p>{@link CaFolder} keeps it on disk.
 */
public final class CertificateAuthority {

  /** Clocks of nodes may be this much behind. */
  static final Duration BACKDATING = Duration.ofMinutes(2);

  private static final Duration ROOT_LIFE = Duration.ofDays(3650);
  private static final String SIGNATURE = "SHA256withECDSA";

  private final TrustDomain trustDomain;
  private final Root signer;
  private final List<X509Certificate> roots;
  private final Settings settings;

  /**
   * What the authority signs with.
   *
   * @param certificate self-signed
   * @param key of the certificate
   */
  public record Root(X509Certificate certificate, PrivateKey key) {

    /** Checks that they belong together. */
    public Root {
      if (certificate.getBasicConstraints() < 0) {
        throw new IllegalArgumentException("the root is no CA certificate");
      }
      if (!KeyPairs.match(certificate.getPublicKey(), key)) {
        throw new IllegalArgumentException("the CA key is not that of its certificate");
      }
    }

    /** Names the root, never the key. */
    @Override
    public String toString() {
      return "Root[" + certificate.getSubjectX500Principal() + "]";
    }
  }

  /**
   * What varies.
   *
   * @param validity life of a workload's certificate, counted from now
   * @param clock time of signing
   * @param random serial numbers and signatures
   */
  public record Settings(Duration validity, InstantSource clock, SecureRandom random) {

    /** A day, as SVIDs of the mesh have. */
    public static final Duration DEFAULT_VALIDITY = Duration.ofHours(24);

    /** Checks. */
    public Settings {
      if (validity.compareTo(Duration.ofSeconds(1)) < 0
          || validity.compareTo(Duration.ofDays(90)) > 0) {
        throw new IllegalArgumentException(
            "certificates live between 1 second and 90 days, not " + validity);
      }
    }
  }

  /**
   * An authority.
   *
   * @param others further roots that are believed but do not sign: the next one and the last one
   */
  public CertificateAuthority(
      TrustDomain trustDomain, Root signer, List<X509Certificate> others, Settings settings) {
    this.trustDomain = trustDomain;
    this.signer = signer;
    this.settings = settings;
    List<X509Certificate> all = new ArrayList<>();
    all.add(signer.certificate());
    others.stream().filter(root -> !root.equals(signer.certificate())).forEach(all::add);
    this.roots = new TrustBundle(trustDomain, all).roots();
  }

  /** Makes a new self-signed root, valid ten years. */
  public static Root createRoot(TrustDomain trustDomain, Settings settings) {
    KeyPair keys = KeyPairs.generate(settings.random());
    BigInteger serial = serial(settings.random());
    // The serial in the name keeps roots of one trust domain apart during rotation.
    X500Name name =
        new X500NameBuilder()
            .addRDN(BCStyle.O, trustDomain.getName())
            .addRDN(BCStyle.CN, "Weft root " + serial.toString(16).substring(0, 8))
            .build();
    Instant now = settings.clock().instant();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            serial,
            Date.from(now.minus(BACKDATING)),
            Date.from(now.plus(ROOT_LIFE)),
            name,
            keys.getPublic());
    try {
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
          .addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
          .addExtension(
              Extension.subjectKeyIdentifier,
              false,
              ids.createSubjectKeyIdentifier(keys.getPublic()))
          .addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(
                  new GeneralName(
                      GeneralName.uniformResourceIdentifier, trustDomain.toIdString())));
    } catch (CertIOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("cannot make a root certificate", e);
    }
    return new Root(build(builder, keys.getPrivate(), settings.random()), keys.getPrivate());
  }

  /** The trust domain it signs for. */
  public TrustDomain trustDomain() {
    return trustDomain;
  }

  /** Every root to believe, the signing one first. */
  public List<X509Certificate> roots() {
    return roots;
  }

  /**
   * A key for another purpose, the same wherever this authority's signing key is (RFC 5869 with
   * HMAC-SHA-256, one block). It tells nothing of the signing key, nor of keys for other purposes.
   *
   * @param purpose a name that is used for nothing else
   * @return 32 bytes
   */
  public byte[] derive(String purpose) {
    try {
      byte[] secret = hmac("weft".getBytes(UTF_8), signer.key().getEncoded());
      return hmac(secret, (purpose + "\u0001").getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(data);
  }

  /**
   * Signs a workload's certificate.
   *
   * @throws CsrRefusedException if it is of another trust domain
   */
  public SignedCertificate sign(CertificateRequest request) throws CsrRefusedException {
    if (!request.workload().trustDomain().getName().equals(trustDomain.getName())) {
      throw new CsrRefusedException(
          request.workload() + " is not of this mesh, which is " + trustDomain);
    }
    GeneralName uri =
        new GeneralName(GeneralName.uniformResourceIdentifier, request.workload().toString());
    X509Certificate leaf =
        leaf(
            request.publicKey(),
            new GeneralNames(uri),
            KeyPurposeId.id_kp_serverAuth,
            KeyPurposeId.id_kp_clientAuth);
    return new SignedCertificate(List.of(leaf), roots);
  }

  /**
   * Makes a key for the control plane's own server and signs its certificate. It carries no SPIFFE
   * id, so it opens nothing in the mesh.
   *
   * @param dnsNames host names that nodes may check
   * @param addresses textual IP addresses, the same
   */
  public ServerCredential issueServer(List<String> dnsNames, List<String> addresses) {
    KeyPair keys = KeyPairs.generate(settings.random());
    return new ServerCredential(
        keys.getPrivate(), signServer(keys.getPublic(), dnsNames, addresses).chain());
  }

  SignedCertificate signServer(PublicKey key, List<String> dnsNames, List<String> addresses) {
    List<GeneralName> names = new ArrayList<>();
    dnsNames.forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
    addresses.forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
    GeneralNames all = new GeneralNames(names.toArray(GeneralName[]::new));
    return new SignedCertificate(List.of(leaf(key, all, KeyPurposeId.id_kp_serverAuth)), roots);
  }

  private X509Certificate leaf(PublicKey key, GeneralNames names, KeyPurposeId... purposes) {
    Instant now = settings.clock().instant();
    Instant end = now.plus(settings.validity());
    Instant rootEnd = signer.certificate().getNotAfter().toInstant();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            X500Name.getInstance(signer.certificate().getSubjectX500Principal().getEncoded()),
            serial(settings.random()),
            Date.from(now.minus(BACKDATING)),
            Date.from(end.isAfter(rootEnd) ? rootEnd : end),
            new X500NameBuilder().build(),
            key);
    try {
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
          .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes))
          .addExtension(
              Extension.authorityKeyIdentifier,
              false,
              ids.createAuthorityKeyIdentifier(signer.certificate().getPublicKey()))
          .addExtension(Extension.subjectAlternativeName, true, names);
    } catch (CertIOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("cannot make a certificate", e);
    }
    return build(builder, signer.key(), settings.random());
  }

  private static X509Certificate build(
      X509v3CertificateBuilder builder, PrivateKey key, SecureRandom random) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder(SIGNATURE).setSecureRandom(random).build(key)));
    } catch (OperatorCreationException | CertificateException e) {
      throw new IllegalStateException("cannot sign a certificate", e);
    }
  }

  /** 127 random bits, positive, never short (RFC 5280 §4.1.2.2 allows 20 bytes). */
  private static BigInteger serial(SecureRandom random) {
    return new BigInteger(126, random).setBit(126);
  }
}
