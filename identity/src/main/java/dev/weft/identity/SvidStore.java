package dev.weft.identity;

import io.spiffe.spiffeid.SpiffeId;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a node's certificates outlive its process, so that a start needs neither new keys nor the
 * control plane, and where those of its peers do that it has verified: the first signature takes a
 * cold JVM a tenth of a second. Used by one thread.
 */
public interface SvidStore {

  /** What is kept of an identity, if it can be used: one that cannot is as good as none. */
  @Nullable Svid load(SpiffeId id);

  /** Keeps this one in place of the last of its identity. What cannot be kept is only told. */
  void keep(Svid svid);

  /** Forgets all identities but these. */
  void retain(Set<SpiffeId> ids);

  /** Chains that were found good under exactly these roots, and until when each is. */
  Map<VerifiedChain, Instant> verified(List<X509Certificate> roots, Instant now);

  /** Keeps one more of the roots that were asked for last. */
  void keep(VerifiedChain chain, Instant until);

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

      @Override
      public Map<VerifiedChain, Instant> verified(List<X509Certificate> roots, Instant now) {
        return Map.of();
      }

      @Override
      public void keep(VerifiedChain chain, Instant until) {}
    };
  }
}
