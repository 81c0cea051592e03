package dev.weft.identity;

import dev.weft.identity.PeerRejectedException.Reason;
import io.spiffe.spiffeid.SpiffeId;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a mutually authenticated connection.
 *
 * <p>{@link #of} only reads the certificate: use it on the chain of a finished handshake of an
 * {@link SvidContexts} context, whose {@link PeerVerifier} has checked signature, validity and
 * trust domain.
 *
 * @param workload the workload's identity
 * @param spiffeId the same as a SPIFFE id
 */
public record PeerIdentity(WorkloadIdentity workload, SpiffeId spiffeId) {

  /** GeneralName choice uniformResourceIdentifier, RFC 5280 §4.2.1.6. */
  private static final int URI_NAME = 6;

  /**
   * Reads the identity from a peer's chain, leaf first (as {@code SSLSession.getPeerCertificates}).
   *
   * @throws PeerRejectedException if the leaf does not name exactly one workload
   */
  public static PeerIdentity of(Certificate @Nullable [] chain) throws PeerRejectedException {
    if (chain == null || chain.length == 0 || !(chain[0] instanceof X509Certificate leaf)) {
      throw new PeerRejectedException(Reason.NO_CERTIFICATE, "the peer sent no certificate");
    }
    String uri = onlyUri(leaf);
    try {
      WorkloadIdentity workload = WorkloadIdentity.parse(uri);
      return new PeerIdentity(workload, workload.spiffeId());
    } catch (InvalidIdentityException e) {
      throw new PeerRejectedException(
          Reason.NO_WORKLOAD_ID, "the peer's certificate names no workload: " + e.getMessage(), e);
    }
  }

  /**
   * The client side's check after the handshake: is this one of the workloads that was meant?
   *
   * @return this
   * @throws PeerRejectedException with {@link Reason#UNEXPECTED_IDENTITY} if it is not
   */
  public PeerIdentity requireOneOf(Set<SpiffeId> expected) throws PeerRejectedException {
    if (!expected.contains(spiffeId)) {
      throw new PeerRejectedException(
          Reason.UNEXPECTED_IDENTITY, "the peer is " + spiffeId + ", expected " + expected);
    }
    return this;
  }

  /** The SPIFFE id without {@code spiffe://}: the form in which policies write principals. */
  public String principal() {
    return workload.principal();
  }

  private static String onlyUri(X509Certificate leaf) throws PeerRejectedException {
    Collection<List<?>> names;
    try {
      names = leaf.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      throw new PeerRejectedException(
          Reason.NO_URI_NAME, "the peer's certificate has unreadable alternative names", e);
    }
    String uri = null;
    for (List<?> name : names == null ? List.<List<?>>of() : names) {
      if (name.get(0) instanceof Integer type && type == URI_NAME) {
        if (uri != null) {
          throw new PeerRejectedException(
              Reason.SEVERAL_URI_NAMES, "the peer's certificate has more than one URI name");
        }
        uri = (String) name.get(1);
      }
    }
    if (uri == null) {
      throw new PeerRejectedException(Reason.NO_URI_NAME, "the peer's certificate has no URI name");
    }
    return uri;
  }
}
