package dev.weft.policy;

import dev.weft.api.v1.Resource;
import dev.weft.resources.IdentityAllocator;
import dev.weft.resources.Incremental;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;

/**
 * Makes prefixes, network rules and authorization rules out of snapshots, and what to tell users
 * about AuthorizationPolicies. (A NetworkPolicy has no status in Kubernetes.)
 *
 * <p>What all its answers together say depends on the last snapshot only, but for the allocator,
 * which answers the same question always the same; the work of an answer depends on what changed.
 * Call it from one thread.
 */
public final class Translator {
  private final Incremental<Resource> incremental;

  public Translator(IdentityAllocator identities) {
    this.incremental = new Incremental<>(new Outputs(new Context(identities)));
  }

  /** Translates what is not as in the snapshot before. What fails counts as not asked. */
  public Translation<Resource> translate(Snapshot snapshot) {
    return incremental.translate(snapshot);
  }

  /** How many answers the last translation had to compute. */
  int computed() {
    return incremental.computed();
  }
}
