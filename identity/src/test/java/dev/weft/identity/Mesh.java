package dev.weft.identity;

import io.netty.util.ReferenceCountUtil;
import io.spiffe.spiffeid.TrustDomain;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A CA for tests, which also signs what a real one never would. */
final class Mesh {
  static final TrustDomain DOMAIN = TrustDomain.parse("mesh.test");
  static final SecureRandom RANDOM = new SecureRandom();

  final TrustDomain trustDomain;
  final CertificateAuthority.Root root;
  final CertificateAuthority authority;
  final InstantSource clock;

  Mesh(InstantSource clock) {
    this(DOMAIN, clock);
  }

  Mesh(TrustDomain trustDomain, InstantSource clock) {
    this.trustDomain = trustDomain;
    this.clock = clock;
    var settings =
        new CertificateAuthority.Settings(
            CertificateAuthority.Settings.DEFAULT_VALIDITY, clock, RANDOM);
    this.root = CertificateAuthority.createRoot(trustDomain, settings);
    this.authority = new CertificateAuthority(trustDomain, root, List.of(), settings);
  }

  WorkloadIdentity workload(String account) {
    return new WorkloadIdentity(trustDomain, "shop", account);
  }

  TrustBundle bundle() {
    return new TrustBundle(trustDomain, authority.roots());
  }

  Svid svid(String account) {
    KeyPair keys = KeyPairs.generate(RANDOM);
    try {
      byte[] csr = CertificateRequest.create(workload(account), keys, RANDOM);
      SignedCertificate signed = authority.sign(CertificateRequest.parse(csr));
      return new Svid(workload(account).spiffeId(), signed.chain(), keys.getPrivate());
    } catch (CsrRefusedException e) {
      throw new AssertionError(e);
    }
  }

  SvidContexts contexts(Svid svid) {
    try {
      return TlsContexts.of(
          svid, bundle(), new RememberingTrust(new PeerVerifier(bundle(), clock), clock));
    } catch (SSLException e) {
      throw new AssertionError(e);
    }
  }

  static void release(SvidContexts contexts) {
    ReferenceCountUtil.release(contexts.server());
    ReferenceCountUtil.release(contexts.client());
  }

  Svid forge(UnaryOperator<Leaf> change) {
    KeyPair keys = KeyPairs.generate(RANDOM);
    Leaf leaf = change.apply(Leaf.good(clock.instant(), workload("web").toString()));
    return new Svid(workload("web").spiffeId(), List.of(leaf.sign(root, keys)), keys.getPrivate());
  }

  /** The parts of a leaf certificate that tests vary. */
  record Leaf(
      Instant from,
      Instant to,
      List<GeneralName> names,
      List<KeyPurposeId> purposes,
      int keyUsage,
      boolean ca) {

    static Leaf good(Instant now, String uri) {
      return new Leaf(
          now.minus(Duration.ofMinutes(2)),
          now.plus(Duration.ofHours(1)),
          List.of(uri(uri)),
          List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth),
          KeyUsage.digitalSignature,
          false);
    }

    Leaf valid(Instant newFrom, Instant newTo) {
      return new Leaf(newFrom, newTo, names, purposes, keyUsage, ca);
    }

    Leaf named(GeneralName... newNames) {
      return new Leaf(from, to, List.of(newNames), purposes, keyUsage, ca);
    }

    Leaf purposes(KeyPurposeId... newPurposes) {
      return new Leaf(from, to, names, List.of(newPurposes), keyUsage, ca);
    }

    Leaf keyUsage(int newUsage) {
      return new Leaf(from, to, names, purposes, newUsage, ca);
    }

    Leaf authority() {
      return new Leaf(from, to, names, purposes, keyUsage, true);
    }

    static GeneralName uri(String uri) {
      return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
    }

    X509Certificate sign(CertificateAuthority.Root root, KeyPair keys) {
      try {
        var builder =
            new JcaX509v3CertificateBuilder(
                X500Name.getInstance(root.certificate().getSubjectX500Principal().getEncoded()),
                new BigInteger(64, RANDOM),
                Date.from(from),
                Date.from(to),
                new X500Name(new org.bouncycastle.asn1.x500.RDN[0]),
                keys.getPublic());
        builder
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(ca))
            .addExtension(Extension.keyUsage, true, new KeyUsage(keyUsage))
            .addExtension(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
        if (!names.isEmpty()) {
          builder.addExtension(
              Extension.subjectAlternativeName,
              true,
              new GeneralNames(names.toArray(GeneralName[]::new)));
        }
        return new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(root.key())));
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }
}
