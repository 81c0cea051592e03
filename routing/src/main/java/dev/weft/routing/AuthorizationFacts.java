package dev.weft.routing;

import org.jspecify.annotations.Nullable;

/** Who asks for what, as authorization sees it. Read on one thread. */
public interface AuthorizationFacts {

  /** The client's proven SPIFFE id without "spiffe://"; {@code null}: nothing proves who it is. */
  @Nullable String principal();

  /** The proven namespace. */
  @Nullable String namespace();

  /** The proven service account as "namespace/name". */
  @Nullable String serviceAccount();

  /** IPv4 in host order. */
  int sourceAddress();

  /**
   * The port at the destination: the pod's for workloads, the Service's or listener's otherwise.
   */
  int destinationPort();

  /** Server name of the client's TLS handshake; {@code null}: none. */
  @Nullable String sni();

  /** The request; {@code null} when the connection is opaque. */
  @Nullable RequestFacts request();
}
