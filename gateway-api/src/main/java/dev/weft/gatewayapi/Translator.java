package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Assembly;
import dev.weft.resources.Derivation;
import dev.weft.resources.IdentityAllocator;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;
import org.jspecify.annotations.Nullable;

/**
 * Makes nodes, identities, workloads, certificates, services, endpoints, traffic and TLS settings,
 * gateways and routes out of snapshots, and what to tell users about the objects behind them.
 *
 * <p>What all its answers together say depends on the last snapshot only, but for the allocator and
 * the pool, which answer the same question always the same; the work of an answer depends on what
 * changed. Call it from one thread.
 */
public final class Translator {
  private final Outputs outputs;
  private final Assembly<Resource> assembly = new Assembly<>();
  private @Nullable Derivation last;

  public Translator(IdentityAllocator identities, AddressPool addresses) {
    this.outputs = new Outputs(new Context(identities, addresses));
  }

  /** Translates what is not as in the snapshot before. What fails counts as not asked. */
  public Translation<Resource> translate(Snapshot snapshot) {
    Derivation derivation = Derivation.of(snapshot, last);
    last = derivation;
    Translation<Resource> translation = assembly.apply(derivation.changes(outputs));
    derivation.complete();
    return translation;
  }

  /** How many answers the last translation had to compute. */
  int computed() {
    return last == null ? 0 : last.computed();
  }
}
