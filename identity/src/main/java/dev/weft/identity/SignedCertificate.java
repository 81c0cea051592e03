package dev.weft.identity;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A CA's answer.
 *
 * @param chain leaf first, without the root
 * @param roots every certificate that peers may be signed by
 */
public record SignedCertificate(List<X509Certificate> chain, List<X509Certificate> roots) {

  /** Copies. */
  public SignedCertificate {
    chain = List.copyOf(chain);
    roots = List.copyOf(roots);
  }
}
