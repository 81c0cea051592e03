package dev.weft.identity;

import java.util.concurrent.CompletionStage;

/** Where a node gets its certificates signed: the control plane's CA. */
@FunctionalInterface
public interface CertificateSigner {

  /**
   * Asks for a certificate.
   *
   * @param csr PKCS#10, DER
   * @return completes on any thread; exceptionally when refused or unreachable, and then it is
   *     worth trying again later
   */
  CompletionStage<SignedCertificate> sign(byte[] csr);
}
