package dev.weft.identity;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.BackendTls.Validation;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS of Gateways as clients of backends (Gateway API, BackendTLSPolicy). Any thread. */
public final class BackendContexts {
  private BackendContexts() {}

  /**
   * A context that asks for the policy's server name and believes nobody but whom the policy says.
   * TLS 1.2 and 1.3, no resumption: a resumed session would not look at the server's certificate.
   * Takes some milliseconds of CPU; the caller owns the context's reference.
   *
   * @param shown what a server that asks for it gets to see; {@code null}: nothing
   * @param protocols to offer by ALPN, in order; empty: none
   * @throws CertificateException if a root or the certificate cannot be used; the message holds no
   *     secret
   */
  public static SslContext of(
      Validation policy, @Nullable GatewayCertificate shown, List<String> protocols)
      throws CertificateException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.OPENSSL_REFCNT)
              .keyStoreType(TlsContexts.KEY_STORE)
              .protocols("TLSv1.3", "TLSv1.2")
              .ciphers(TlsContexts.CIPHERS)
              .trustManager(
                  new RememberingTrust(
                      new BackendVerifier(authorities(policy), BackendNames.of(policy)),
                      InstantSource.system()))
              // The verifier looks at names itself: it may be told others than the server's.
              .endpointIdentificationAlgorithm(null)
              .serverName(new SNIHostName(policy.getHostname()));
      if (shown != null) {
        builder.keyManager(shown.key(), shown.chain());
      }
      if (!protocols.isEmpty()) {
        builder.applicationProtocolConfig(TlsContexts.alpn(protocols));
      }
      SslContext context = builder.build();
      TlsContexts.forgetSessions(context);
      return context;
    } catch (SSLException | GeneralSecurityException | RuntimeException e) {
      throw new CertificateException(
          "cannot speak TLS to " + policy.getHostname() + ": " + e.getMessage(), e);
    }
  }

  private static X509ExtendedTrustManager authorities(Validation policy)
      throws GeneralSecurityException {
    if (policy.getSystemRoots()) {
      return Authorities.ofSystem();
    }
    List<X509Certificate> roots =
        Certificates.bundleFromDer(
            policy.getRootsList().stream().map(ByteString::toByteArray).toList());
    if (roots.isEmpty()) {
      throw new CertificateException("no authority to believe");
    }
    return Authorities.of(roots);
  }
}
