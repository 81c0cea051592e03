package dev.weft.identity;

import dev.weft.identity.PeerRejectedException.Reason;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides in a TLS handshake whether a peer belongs to the mesh: an X509-SVID of our own trust
 * domain (byte for byte, no aliases), signed by one of its roots, valid now, for this side of TLS.
 * Host names and SNI mean nothing. Immutable, any thread.
 *
 * <p>It does not decide whether it is the right workload: see {@link PeerIdentity#requireOneOf}.
 */
public final class PeerVerifier extends X509ExtendedTrustManager {

  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String ANY_USAGE = "2.5.29.37.0";

  /** A leaf and intermediates; the mesh's own CA makes chains of one. */
  private static final int MAX_CHAIN = 6;

  private final TrustBundle bundle;
  private final InstantSource clock;
  private final Set<TrustAnchor> anchors;

  /**
   * Trusts a bundle.
   *
   * @param clock what "valid now" means
   */
  public PeerVerifier(TrustBundle bundle, InstantSource clock) {
    this.bundle = bundle;
    this.clock = clock;
    this.anchors =
        bundle.roots().stream()
            .map(root -> new TrustAnchor(root, null))
            .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Checks a chain, leaf first.
   *
   * @param usage the extended key usage that the leaf must allow
   * @return who it is
   * @throws PeerRejectedException if it is nobody of this mesh; no part of the check is skipped
   */
  private PeerIdentity verify(X509Certificate @Nullable [] chain, String usage)
      throws PeerRejectedException {
    PeerIdentity peer = inspect(chain, usage);
    checkSignatures(peer, chain == null ? List.of() : List.of(chain));
    return peer;
  }

  /** Everything but who has signed. */
  private PeerIdentity inspect(X509Certificate @Nullable [] chain, String usage)
      throws PeerRejectedException {
    PeerIdentity peer = PeerIdentity.of(chain);
    List<X509Certificate> path = chain == null ? List.of() : List.of(chain);
    if (path.size() > MAX_CHAIN) {
      throw new PeerRejectedException(
          Reason.CHAIN_TOO_LONG, "the peer sent " + path.size() + " certificates");
    }
    X509Certificate leaf = path.getFirst();
    checkTrustDomain(peer);
    checkValidity(peer, leaf);
    checkUsage(peer, leaf, usage);
    return peer;
  }

  /**
   * Checks a chain of our own, leaf first, as peers will on both sides of TLS.
   *
   * @throws PeerRejectedException saying why they would refuse it
   */
  PeerIdentity judge(List<X509Certificate> chain) throws PeerRejectedException {
    PeerIdentity own = inspect(chain);
    checkSignatures(own, chain);
    return own;
  }

  /**
   * Checks everything of our own chain but its signatures, which is a hundredth of the work.
   *
   * @throws PeerRejectedException saying why peers would refuse it
   */
  PeerIdentity inspect(List<X509Certificate> chain) throws PeerRejectedException {
    PeerIdentity own = inspect(chain.toArray(X509Certificate[]::new), SERVER_AUTH);
    checkUsage(own, chain.getFirst(), CLIENT_AUTH);
    return own;
  }

  private void checkTrustDomain(PeerIdentity peer) throws PeerRejectedException {
    String theirs = peer.workload().trustDomain().getName();
    if (!theirs.equals(bundle.trustDomain().getName())) {
      throw new PeerRejectedException(
          Reason.OTHER_TRUST_DOMAIN,
          "the peer is " + peer.spiffeId() + ", but this mesh is " + bundle.trustDomain());
    }
  }

  private void checkValidity(PeerIdentity peer, X509Certificate leaf) throws PeerRejectedException {
    Instant now = clock.instant();
    if (now.isBefore(leaf.getNotBefore().toInstant())) {
      throw new PeerRejectedException(
          Reason.NOT_YET_VALID,
          "the certificate of "
              + peer.spiffeId()
              + " starts at "
              + leaf.getNotBefore().toInstant());
    }
    if (now.isAfter(leaf.getNotAfter().toInstant())) {
      throw new PeerRejectedException(
          Reason.EXPIRED,
          "the certificate of " + peer.spiffeId() + " ended at " + leaf.getNotAfter().toInstant());
    }
  }

  private static void checkUsage(PeerIdentity peer, X509Certificate leaf, String usage)
      throws PeerRejectedException {
    List<String> extended;
    try {
      extended = leaf.getExtendedKeyUsage();
    } catch (CertificateException e) {
      throw new PeerRejectedException(
          Reason.WRONG_USAGE, "unreadable key usage of " + peer.spiffeId(), e);
    }
    boolean[] key = leaf.getKeyUsage();
    boolean signs = key == null || key[0];
    boolean certifies = key != null && (key[5] || key[6]);
    boolean allowed = extended == null || extended.contains(usage) || extended.contains(ANY_USAGE);
    // X509-SVID §4.1 to §4.4: a leaf signs handshakes and is never a CA.
    if (leaf.getBasicConstraints() >= 0 || !signs || certifies || !allowed) {
      throw new PeerRejectedException(
          Reason.WRONG_USAGE,
          "the certificate of " + peer.spiffeId() + " is not meant for this side of TLS");
    }
  }

  private void checkSignatures(PeerIdentity peer, List<X509Certificate> path)
      throws PeerRejectedException {
    try {
      PKIXParameters parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false); // a day's validity stands in for revocation
      parameters.setDate(Date.from(clock.instant()));
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    } catch (CertPathValidatorException e) {
      Reason reason =
          e.getReason() == CertPathValidatorException.BasicReason.EXPIRED
              ? Reason.EXPIRED
              : Reason.NOT_TRUSTED;
      throw new PeerRejectedException(
          reason, "no root of the mesh vouches for " + peer.spiffeId() + ": " + e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new PeerRejectedException(
          Reason.NOT_TRUSTED, "cannot check the chain of " + peer.spiffeId(), e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    verify(chain, CLIENT_AUTH);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    verify(chain, CLIENT_AUTH);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, CLIENT_AUTH);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    verify(chain, SERVER_AUTH);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    verify(chain, SERVER_AUTH);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, SERVER_AUTH);
  }

  /**
   * None: a server that lists its roots makes a client of another mesh send no certificate at all,
   * and then nobody learns who called.
   */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
