package dev.weft.identity;

import io.spiffe.spiffeid.TrustDomain;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Whom to believe: the roots that may sign identities of one trust domain. Immutable; several roots
 * while the mesh moves from one to the next.
 *
 * @param trustDomain the only trust domain that these roots speak for
 * @param roots CA certificates, at least one
 */
public record TrustBundle(TrustDomain trustDomain, List<X509Certificate> roots) {

  /** More roots than any rotation needs; a bound on what a control plane can make a node hold. */
  static final int MAX_ROOTS = 16;

  /** Checks and copies. */
  public TrustBundle {
    roots = List.copyOf(roots);
    if (roots.isEmpty() || roots.size() > MAX_ROOTS) {
      throw new IllegalArgumentException(
          "a trust bundle has 1 to " + MAX_ROOTS + " roots, not " + roots.size());
    }
    for (X509Certificate root : roots) {
      if (root.getBasicConstraints() < 0) {
        throw new IllegalArgumentException(
            "'" + root.getSubjectX500Principal() + "' is no CA certificate");
      }
    }
  }
}
