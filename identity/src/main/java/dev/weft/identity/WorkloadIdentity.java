package dev.weft.identity;

import io.spiffe.exception.InvalidSpiffeIdException;
import io.spiffe.spiffeid.SpiffeId;
import io.spiffe.spiffeid.TrustDomain;
import java.util.Objects;

/**
 * Whom a workload speaks for: a Kubernetes service account in a trust domain. Its SPIFFE id is
 * {@code spiffe://<trustDomain>/ns/<namespace>/sa/<serviceAccount>} and no other form is accepted,
 * the same as in Istio's ambient mode, with which certificates are exchanged.
 *
 * @param trustDomain the mesh's trust domain
 * @param namespace Kubernetes namespace, not empty
 * @param serviceAccount name of the service account, not empty
 */
public record WorkloadIdentity(TrustDomain trustDomain, String namespace, String serviceAccount) {

  private static final String SCHEME = "spiffe://";

  /** Longest id that is looked at; SPIFFE-ID §2.3 allows no longer one. */
  private static final int MAX_LENGTH = 2048;

  /**
   * Checks that the parts can be part of a SPIFFE id.
   *
   * @throws InvalidIdentityException if one cannot
   */
  public WorkloadIdentity {
    Objects.requireNonNull(trustDomain, "trustDomain");
    segment("namespace", namespace);
    segment("service account", serviceAccount);
  }

  /**
   * Reads a SPIFFE id.
   *
   * @throws InvalidIdentityException if it is anything but a workload's id in canonical form
   */
  public static WorkloadIdentity parse(String uri) {
    if (uri.length() > MAX_LENGTH) {
      throw new InvalidIdentityException("a SPIFFE id of more than 2048 characters");
    }
    SpiffeId id;
    try {
      id = SpiffeId.parse(uri);
    } catch (InvalidSpiffeIdException | IllegalArgumentException e) {
      throw new InvalidIdentityException("not a SPIFFE id: '" + printable(uri) + "'", e);
    }
    // Byte equality: an id that the library had to normalise is not the one that was signed.
    if (!id.toString().equals(uri)) {
      throw new InvalidIdentityException("not in canonical form: '" + printable(uri) + "'");
    }
    return of(id);
  }

  /**
   * The workload a SPIFFE id names.
   *
   * @throws InvalidIdentityException if its path is not {@code /ns/<namespace>/sa/<account>}
   */
  public static WorkloadIdentity of(SpiffeId id) {
    String[] path = id.getPath().split("/", -1);
    if (path.length != 5 || !path[0].isEmpty() || !path[1].equals("ns") || !path[3].equals("sa")) {
      throw new InvalidIdentityException(
          "not of the form spiffe://<trust domain>/ns/<namespace>/sa/<account>: '"
              + printable(id.toString())
              + "'");
    }
    return new WorkloadIdentity(id.getTrustDomain(), path[2], path[4]);
  }

  /**
   * Whom a Gateway speaks for when it calls a backend: the service account of its namespace that
   * has its name. Every node that serves the Gateway has this identity.
   */
  public static WorkloadIdentity ofGateway(
      TrustDomain trustDomain, String namespace, String gateway) {
    return new WorkloadIdentity(trustDomain, namespace, gateway);
  }

  /** The identity as a SPIFFE id. */
  public SpiffeId spiffeId() {
    return SpiffeId.fromSegments(trustDomain, "ns", namespace, "sa", serviceAccount);
  }

  /** The SPIFFE id without {@code spiffe://}: the form in which policies write principals. */
  public String principal() {
    return trustDomain.getName() + "/ns/" + namespace + "/sa/" + serviceAccount;
  }

  /** The SPIFFE id. */
  @Override
  public String toString() {
    return SCHEME + principal();
  }

  private static void segment(String what, String value) {
    try {
      SpiffeId.validatePath("/" + value);
    } catch (InvalidSpiffeIdException | IllegalArgumentException e) {
      throw new InvalidIdentityException(
          "no " + what + " of a SPIFFE id: '" + printable(value) + "'", e);
    }
    if (value.isEmpty() || value.indexOf('/') >= 0) {
      throw new InvalidIdentityException(
          "no " + what + " of a SPIFFE id: '" + printable(value) + "'");
    }
  }

  /** What a stranger sent, made safe for a log line. */
  static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), 256); i++) {
      char c = text.charAt(i);
      out.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return text.length() > 256 ? out + "..." : out.toString();
  }
}
