package dev.weft.identity;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import javax.net.ssl.SSLException;

/** Builds TLS contexts. About 5 ms of CPU and 30 KB each: once an identity, never a connection. */
final class TlsContexts {

  /** Forward secret and authenticated only; TLS 1.3's suites are fixed by BoringSSL. */
  static final List<String> CIPHERS =
      List.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256");

  /**
   * Netty hands a key to the JDK in a key store that lives for one call. The default kind, PKCS12,
   * encrypts it there under a password that it stretches with 10,000 rounds of HMAC, and stretches
   * again to read it: most of what a context cost, to protect a key from the process that gave it.
   */
  static final String KEY_STORE = "JKS";

  private TlsContexts() {}

  /**
   * The two contexts of an identity.
   *
   * @param verifier of the bundle
   * @throws SSLException if BoringSSL refuses the key or a certificate
   */
  static SvidContexts of(Svid svid, TrustBundle bundle, RememberingTrust verifier)
      throws SSLException {
    SslContext server =
        mesh(SslContextBuilder.forServer(svid.key(), svid.chain()), verifier)
            .clientAuth(ClientAuth.REQUIRE)
            .build();
    try {
      SslContext client =
          mesh(SslContextBuilder.forClient().keyManager(svid.key(), svid.chain()), verifier)
              // Identity is the URI name; Netty would compare host names.
              .endpointIdentificationAlgorithm(null)
              .build();
      forgetSessions(server);
      forgetSessions(client);
      return new SvidContexts(server, client, svid, bundle);
    } catch (SSLException | RuntimeException e) {
      ReferenceCountUtil.release(server);
      throw e;
    }
  }

  private static SslContextBuilder mesh(SslContextBuilder builder, RememberingTrust verifier) {
    return builder
        .sslProvider(SslProvider.OPENSSL_REFCNT)
        .keyStoreType(KEY_STORE)
        .protocols("TLSv1.3")
        .trustManager(verifier)
        .applicationProtocolConfig(alpn(List.of("h2")));
  }

  /**
   * Application protocols in order of preference. A peer without a common one is not refused here
   * (tcnative cannot): who needs a protocol looks at {@code SslHandler.applicationProtocol()}.
   */
  static ApplicationProtocolConfig alpn(List<String> protocols) {
    return new ApplicationProtocolConfig(
        Protocol.ALPN,
        SelectorFailureBehavior.NO_ADVERTISE,
        SelectedListenerFailureBehavior.ACCEPT,
        protocols);
  }

  /** No resumption: a resumed session would carry an identity beyond its certificate's rotation. */
  static void forgetSessions(SslContext context) {
    if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setSessionCacheEnabled(false);
    }
  }
}
