package dev.weft.identity;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.Mapping;
import io.netty.util.ReferenceCountUtil;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Server side TLS of one Gateway listener: chooses among its certificates by the client's server
 * name. A Netty {@code Mapping}, so it goes straight into an {@code SniHandler}. TLS 1.2 and 1.3,
 * ALPN {@code h2} and {@code http/1.1}, client certificates where they are validated, no
 * resumption. {@link #map} is a read of immutable memory, any thread.
 *
 * <p>Owns its contexts: whoever swaps it for another calls {@link #close} once no event loop task
 * can still hold a context that it has not opened a handler with (that is, a minute later; the
 * connections themselves hold their own references).
 */
public final class GatewayTls implements Mapping<String, SslContext>, AutoCloseable {

  private final List<GatewayCertificate> certificates;
  private final List<SslContext> contexts;
  private final AtomicBoolean closed = new AtomicBoolean();

  private GatewayTls(List<GatewayCertificate> certificates, List<SslContext> contexts) {
    this.certificates = certificates;
    this.contexts = contexts;
  }

  /**
   * TLS with these certificates, the first of which serves clients that name no server or an
   * unknown one. Where several cover a name the earlier wins.
   *
   * @param clients what is asked of clients
   * @param http whether HTTP is spoken inside: its version is agreed on by ALPN; without, whatever
   *     the client offers is left unanswered (RFC 7301 §3.1)
   * @throws CertificateException if there is none, or BoringSSL refuses one
   */
  public static GatewayTls of(
      List<GatewayCertificate> certificates, ClientValidation clients, boolean http)
      throws CertificateException {
    if (certificates.isEmpty()) {
      throw new CertificateException("a TLS listener needs a certificate");
    }
    List<SslContext> contexts = new ArrayList<>();
    try {
      for (GatewayCertificate certificate : certificates) {
        contexts.add(context(certificate, clients, http));
      }
    } catch (SSLException | GeneralSecurityException | RuntimeException e) {
      contexts.forEach(ReferenceCountUtil::release);
      throw new CertificateException("cannot serve TLS with this certificate", e);
    }
    return new GatewayTls(List.copyOf(certificates), List.copyOf(contexts));
  }

  /**
   * The context for a client's server name.
   *
   * @param serverName as sent, or null if the client named none
   */
  @Override
  public SslContext map(@Nullable String serverName) {
    if (serverName != null) {
      String name = serverName.toLowerCase(Locale.ROOT);
      for (int i = 0; i < certificates.size(); i++) {
        if (certificates.get(i).covers(name)) {
          return contexts.get(i);
        }
      }
    }
    return contexts.getFirst();
  }

  /** Gives the contexts back; connections that use them go on. Any thread, once or more. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      contexts.forEach(ReferenceCountUtil::release);
    }
  }

  private static SslContext context(
      GatewayCertificate certificate, ClientValidation clients, boolean http)
      throws SSLException, GeneralSecurityException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(certificate.key(), certificate.chain())
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .keyStoreType(TlsContexts.KEY_STORE)
            .protocols("TLSv1.3", "TLSv1.2")
            .ciphers(TlsContexts.CIPHERS);
    if (http) {
      builder.applicationProtocolConfig(TlsContexts.alpn(List.of("h2", "http/1.1")));
    }
    SslContext context = validate(builder, clients).build();
    TlsContexts.forgetSessions(context);
    return context;
  }

  private static SslContextBuilder validate(SslContextBuilder builder, ClientValidation clients)
      throws GeneralSecurityException {
    return switch (clients) {
      // Without one Netty would load every authority that the JDK believes, for each context.
      case ClientValidation.None() -> builder.trustManager(new Nobody());
      case ClientValidation.Required(List<X509Certificate> roots) ->
          builder
              .trustManager(new RememberingTrust(Authorities.of(roots), InstantSource.system()))
              .clientAuth(ClientAuth.REQUIRE);
      // The certificate is asked for and proves nothing: GEP-91 AllowInsecureFallback.
      case ClientValidation.Optional() ->
          builder
              .trustManager(InsecureTrustManagerFactory.INSTANCE)
              .clientAuth(ClientAuth.OPTIONAL);
    };
  }
}
