package dev.weft.identity;

import io.spiffe.spiffeid.SpiffeId;
import org.jspecify.annotations.Nullable;

/** Certificates and TLS contexts of the identities that live on this node. */
public interface SvidSource {

  /**
   * The present contexts of a local identity. A read of memory, for event loops.
   *
   * @return null if the identity is not local, not signed yet, or expired: refuse the connection
   */
  @Nullable SvidContexts current(SpiffeId id);
}
