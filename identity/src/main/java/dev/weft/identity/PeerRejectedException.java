package dev.weft.identity;

import java.io.Serial;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection is not who it must be. In a failed handshake this is a cause of the
 * {@code SSLHandshakeException}: {@link #in(Throwable)} finds it. Never retryable on the same peer.
 */
public final class PeerRejectedException extends CertificateException {
  @Serial private static final long serialVersionUID = 1;

  private final Reason reason;

  PeerRejectedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  PeerRejectedException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What is wrong with the peer, for metrics and flow records. */
  public Reason reason() {
    return reason;
  }

  /** The rejection behind a failed handshake, or null if it failed for another reason. */
  public static @Nullable PeerRejectedException in(@Nullable Throwable failure) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < 16; depth++) {
      if (at instanceof PeerRejectedException rejected) {
        return rejected;
      }
      at = at.getCause();
    }
    return null;
  }

  /** Why a peer was refused. */
  public enum Reason {
    /** It sent no certificate, or not an X.509 one. */
    NO_CERTIFICATE,
    /** Its chain is longer than any that the mesh makes. */
    CHAIN_TOO_LONG,
    /** Not valid any more. */
    EXPIRED,
    /** Not valid yet: clocks differ by more than the two minutes that are allowed for. */
    NOT_YET_VALID,
    /** Not signed by a root of the mesh. */
    NOT_TRUSTED,
    /** A CA's certificate, or one not meant for this side of a TLS connection. */
    WRONG_USAGE,
    /** No URI among its names. */
    NO_URI_NAME,
    /** More than one URI among its names (X509-SVID §2). */
    SEVERAL_URI_NAMES,
    /** The URI is no workload's SPIFFE id. */
    NO_WORKLOAD_ID,
    /** A SPIFFE id of another trust domain. */
    OTHER_TRUST_DOMAIN,
    /** A workload of the mesh, but not the one that was meant. */
    UNEXPECTED_IDENTITY,
  }
}
