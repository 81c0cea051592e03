package dev.weft.proxy.observe;

import org.jspecify.annotations.Nullable;

/**
 * One end of a connection, as far as it is known. Instances are shared by all requests of a
 * connection, so that observers may cache by identity.
 *
 * @param workload owner name, for example "web"; empty when the address is no workload of the mesh
 * @param spiffeId the authenticated or, on this node, proven SPIFFE id; {@code null} when there is
 *     none
 * @param address textual IP address
 */
public record Peer(
    String namespace,
    String workload,
    String pod,
    String serviceAccount,
    @Nullable String spiffeId,
    String address) {

  /** An end of which nothing but the address is known. */
  public static Peer unknown(String address) {
    return new Peer("", "", "", "", null, address);
  }
}
