package dev.weft.identity;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A certificate request that has been checked: its sender holds the key, the key is ECDSA P-256,
 * and it names exactly one workload and nothing else. Whether the sender may have it is not decided
 * here.
 *
 * @param workload the identity asked for
 * @param publicKey the key to certify
 */
public record CertificateRequest(WorkloadIdentity workload, PublicKey publicKey) {

  /** A P-256 request has about 300 bytes. */
  private static final int MAX_DER = 8 * 1024;

  /**
   * Reads a PKCS#10 request from a stranger.
   *
   * @throws CsrRefusedException if anything about it is not as described above
   */
  public static CertificateRequest parse(byte[] der) throws CsrRefusedException {
    if (der.length > MAX_DER) {
      throw new CsrRefusedException("a request of " + der.length + " bytes; at most " + MAX_DER);
    }
    try {
      // Refuses trailing bytes, which the request's own constructor would not notice.
      ASN1Primitive.fromByteArray(der);
      var request = new JcaPKCS10CertificationRequest(new PKCS10CertificationRequest(der));
      if (request.getSubject().getRDNs().length != 0) {
        throw new CsrRefusedException("the subject must be empty");
      }
      requireP256(request.getSubjectPublicKeyInfo());
      PublicKey key = request.getPublicKey();
      requireProofOfPossession(request, key);
      return new CertificateRequest(workload(request), key);
    } catch (IOException | RuntimeException e) {
      // The library meets nonsense with many kinds of RuntimeException; none may end the caller.
      throw new CsrRefusedException("not a PKCS#10 request: " + e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new CsrRefusedException("the request's key cannot be used", e);
    }
  }

  /** Makes a request for a key of one's own, DER. */
  public static byte[] create(WorkloadIdentity workload, KeyPair keys, SecureRandom random) {
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          true, // an empty subject makes the name critical, RFC 5280 §4.2.1.6
          new GeneralNames(
              new GeneralName(GeneralName.uniformResourceIdentifier, workload.toString())));
      X500Name nobody = new X500NameBuilder().build();
      return new JcaPKCS10CertificationRequestBuilder(nobody, keys.getPublic())
          .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
          .build(
              new JcaContentSignerBuilder("SHA256withECDSA")
                  .setSecureRandom(random)
                  .build(keys.getPrivate()))
          .getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot make a certificate request", e);
    }
  }

  private static void requireP256(SubjectPublicKeyInfo key) throws CsrRefusedException {
    AlgorithmIdentifier algorithm = key.getAlgorithm();
    boolean p256 =
        algorithm.getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)
            && SECObjectIdentifiers.secp256r1.equals(algorithm.getParameters());
    if (!p256) {
      throw new CsrRefusedException("the key must be ECDSA P-256");
    }
    try {
      PublicKeyFactory.createKey(key); // refuses points that are not on the curve
    } catch (IOException | IllegalArgumentException e) {
      throw new CsrRefusedException("the key is no point of P-256", e);
    }
  }

  private static void requireProofOfPossession(JcaPKCS10CertificationRequest request, PublicKey key)
      throws CsrRefusedException {
    try {
      if (request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        return;
      }
    } catch (OperatorCreationException | PKCSException e) {
      throw new CsrRefusedException("the request's signature cannot be checked", e);
    }
    throw new CsrRefusedException("the request is not signed with its own key");
  }

  private static WorkloadIdentity workload(PKCS10CertificationRequest request)
      throws CsrRefusedException {
    Extensions extensions = request.getRequestedExtensions();
    GeneralNames names =
        extensions == null
            ? null
            : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
    if (names == null
        || names.getNames().length != 1
        || names.getNames()[0].getTagNo() != GeneralName.uniformResourceIdentifier) {
      throw new CsrRefusedException("a request names exactly one URI and nothing else");
    }
    try {
      return WorkloadIdentity.parse(names.getNames()[0].getName().toString());
    } catch (InvalidIdentityException e) {
      throw new CsrRefusedException("no workload's SPIFFE id: " + e.getMessage(), e);
    }
  }
}
