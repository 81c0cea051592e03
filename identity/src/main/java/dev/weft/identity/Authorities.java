package dev.weft.identity;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The JDK's path validation (RFC 5280); it does not look at names. */
final class Authorities {
  private Authorities() {}

  /** Believes these roots and nobody else. */
  static X509ExtendedTrustManager of(List<X509Certificate> roots) throws GeneralSecurityException {
    Set<TrustAnchor> anchors =
        roots.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet());
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
    parameters.setRevocationEnabled(false); // the Gateway API has no field for it
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(new CertPathTrustManagerParameters(parameters));
    return only(factory);
  }

  /**
   * Believes whom this process' system believes: the file that {@code javax.net.ssl.trustStore}
   * names, else the JDK's own.
   */
  static X509ExtendedTrustManager ofSystem() throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    @Nullable KeyStore standard = null;
    factory.init(standard);
    return only(factory);
  }

  private static X509ExtendedTrustManager only(TrustManagerFactory factory)
      throws GeneralSecurityException {
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new GeneralSecurityException("this JDK validates no certificate paths");
  }
}
