package dev.weft.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.Socket;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Remembers which chains another trust manager has found good, so that a peer that connects again
 * costs a comparison of bytes instead of a path validation (about an eighth of a whole handshake).
 * A chain is remembered byte for byte and for one side of TLS, until the first of its certificates
 * ends and ten minutes at most; refusals are not remembered. Belongs to one set of roots: make a
 * new one when they change. Any thread.
 */
final class RememberingTrust extends X509ExtendedTrustManager {
  /** Chains of a few kilobytes: some megabytes at most, far more peers than a node has. */
  private static final int MAX_CHAINS = 2048;

  private static final Duration MEMORY = Duration.ofMinutes(10);

  private final X509ExtendedTrustManager judge;
  private final InstantSource clock;
  private final Cache<Chain, Instant> good = Caffeine.newBuilder().maximumSize(MAX_CHAINS).build();

  RememberingTrust(X509ExtendedTrustManager judge, InstantSource clock) {
    this.judge = judge;
    this.clock = clock;
  }

  private enum Role {
    CLIENT,
    SERVER
  }

  /** The chain's bytes; compared whole, a hash alone never admits anybody. */
  private record Chain(Role role, List<Encoded> certificates) {
    static Chain of(Role role, X509Certificate[] chain) throws CertificateEncodingException {
      List<Encoded> certificates = new ArrayList<>(chain.length);
      for (X509Certificate certificate : chain) {
        certificates.add(new Encoded(certificate.getEncoded()));
      }
      return new Chain(role, certificates);
    }
  }

  private static final class Encoded {
    private final byte[] der;

    Encoded(byte[] der) {
      this.der = der;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Encoded encoded && Arrays.equals(der, encoded.der);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(der);
    }
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private void check(Role role, X509Certificate[] chain, Check full) throws CertificateException {
    if (chain == null || chain.length == 0) {
      full.run();
      return;
    }
    Chain key = Chain.of(role, chain);
    Instant now = clock.instant();
    Instant until = good.getIfPresent(key);
    if (until != null && now.isBefore(until)) {
      return;
    }
    full.run();
    Instant end = now.plus(MEMORY);
    for (X509Certificate certificate : chain) {
      Instant notAfter = certificate.getNotAfter().toInstant();
      end = notAfter.isBefore(end) ? notAfter : end;
    }
    good.put(key, end);
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
