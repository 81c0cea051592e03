package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.resources.IdentityAllocator;
import dev.weft.resources.Incremental;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;

/**
 * Makes nodes, identities, workloads, certificates, services, endpoints, traffic and TLS settings,
 * gateways and routes out of snapshots, and what to tell users about the objects behind them.
 *
 * <p>What all its answers together say depends on the last snapshot only, but for the allocator and
 * the pool, which answer the same question always the same; the work of an answer depends on what
 * changed. Call it from one thread.
 */
public final class Translator {
  private final Incremental<Resource> incremental;

  public Translator(IdentityAllocator identities, AddressPool addresses) {
    this.incremental = new Incremental<>(new Outputs(new Context(identities, addresses)));
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
