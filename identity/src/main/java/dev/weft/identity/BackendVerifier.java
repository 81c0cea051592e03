package dev.weft.identity;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides in a TLS handshake whether a server is the backend that a policy means: some authority
 * vouches for it, and its certificate has one of the names. Immutable, any thread.
 */
final class BackendVerifier extends X509ExtendedTrustManager {
  /** Longer chains are nobody's; to build paths through them would cost. */
  private static final int MAX_CHAIN = 10;

  private final X509ExtendedTrustManager authorities;
  private final BackendNames names;

  BackendVerifier(X509ExtendedTrustManager authorities, BackendNames names) {
    this.authorities = authorities;
    this.names = names;
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private void check(X509Certificate @Nullable [] chain, Check path) throws CertificateException {
    if (chain == null || chain.length == 0 || chain.length > MAX_CHAIN) {
      throw new CertificateException("the server sent no certificate, or more than " + MAX_CHAIN);
    }
    path.run();
    if (!names.matches(chain[0])) {
      throw new CertificateException("the server's certificate does not have the name " + names);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, () -> authorities.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain, () -> authorities.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, () -> authorities.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("a Gateway is the client of its backends");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("a Gateway is the client of its backends");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("a Gateway is the client of its backends");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }
}
