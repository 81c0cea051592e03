package dev.weft.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.weft.identity.VerifiedChain.Role;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Remembers which chains another trust manager has found good, so that a peer that connects again
 * costs a comparison of bytes instead of a path validation (about an eighth of a whole handshake).
 * A chain is remembered byte for byte and for one side of TLS, until the first of its certificates
 * ends; refusals are not remembered. Belongs to one set of roots: make a new one when they change.
 * Any thread.
 */
final class RememberingTrust extends X509ExtendedTrustManager {
  /** Chains of a few kilobytes: some megabytes at most, far more peers than a node has. */
  private static final int MAX_CHAINS = 2048;

  private final X509ExtendedTrustManager judge;
  private final InstantSource clock;
  private final BiConsumer<VerifiedChain, Instant> keeper;
  private final Cache<VerifiedChain, Instant> good =
      Caffeine.newBuilder().maximumSize(MAX_CHAINS).build();

  RememberingTrust(X509ExtendedTrustManager judge, InstantSource clock) {
    this(judge, clock, Map.of(), (chain, until) -> {});
  }

  /**
   * @param known from before, and until when
   * @param keeper is told what is known from now on, on the thread that found it
   */
  RememberingTrust(
      X509ExtendedTrustManager judge,
      InstantSource clock,
      Map<VerifiedChain, Instant> known,
      BiConsumer<VerifiedChain, Instant> keeper) {
    this.judge = judge;
    this.clock = clock;
    this.keeper = keeper;
    good.putAll(known);
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private void check(Role role, X509Certificate[] chain, Check full) throws CertificateException {
    if (chain == null || chain.length == 0) {
      full.run();
    } else if (!remembers(role, chain)) {
      full.run();
      remember(role, chain);
    }
  }

  /** Whether the chain was found good for this, and still is. */
  boolean remembers(Role role, X509Certificate... chain) {
    Instant until = good.getIfPresent(VerifiedChain.of(role, chain));
    return until != null && clock.instant().isBefore(until);
  }

  /** From now on the chain is good for this, until the first of its certificates ends. */
  void remember(Role role, X509Certificate... chain) {
    VerifiedChain verified = VerifiedChain.of(role, chain);
    Instant until = Instant.MAX;
    for (X509Certificate certificate : chain) {
      Instant notAfter = certificate.getNotAfter().toInstant();
      until = notAfter.isBefore(until) ? notAfter : until;
    }
    good.put(verified, until);
    keeper.accept(verified, until);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(Role.CLIENT, chain, () -> judge.checkClientTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(Role.SERVER, chain, () -> judge.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(Role.CLIENT, chain, () -> judge.checkClientTrusted(chain, authType));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(Role.SERVER, chain, () -> judge.checkServerTrusted(chain, authType));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(Role.CLIENT, chain, () -> judge.checkClientTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(Role.SERVER, chain, () -> judge.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return judge.getAcceptedIssuers();
  }
}
