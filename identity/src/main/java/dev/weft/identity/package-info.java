/**
 * SPIFFE identities, the certificate authority and TLS contexts.
 *
 * <p>Start from {@link dev.weft.identity.SvidManager} (a node's certificates, their renewal and the
 * TLS contexts made of them), {@link dev.weft.identity.PeerIdentity} (who is at the other end of a
 * connection) and {@link dev.weft.identity.CertificateAuthority} (who signs).
 *
 * <p>Identities are {@code spiffe://<trust domain>/ns/<namespace>/sa/<service account>}. Nothing
 * here knows Kubernetes, and no class here handles bytes of a connection.
 */
@NullMarked
package dev.weft.identity;

import org.jspecify.annotations.NullMarked;
