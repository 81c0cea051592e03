package dev.weft.identity;

import io.spiffe.spiffeid.SpiffeId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a node's certificates outlive its process, so that a start needs neither new keys nor the
 * control plane. Used by one thread.
 */
public interface SvidStore {

  /** What is kept of an identity, if it can be used: one that cannot is as good as none. */
  @Nullable Svid load(SpiffeId id);

  /** Keeps this one in place of the last of its identity. What cannot be kept is only told. */
  void keep(Svid svid);

  /** Forgets all identities but these. */
  void retain(Set<SpiffeId> ids);

  /** Keeps nothing. */
  static SvidStore none() {
    return new SvidStore() {
      @Override
      public @Nullable Svid load(SpiffeId id) {
        return null;
      }

      @Override
      public void keep(Svid svid) {}

      @Override
      public void retain(Set<SpiffeId> ids) {}
    };
  }
}
