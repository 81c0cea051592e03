package dev.weft.resources;

import org.jspecify.annotations.Nullable;

/**
 * Goes from snapshot to snapshot and says what changes thereby in what objects become. The work
 * depends on what changed. Confined to one thread.
 *
 * @param <R> the message that nodes are sent
 */
public final class Incremental<R> {
  private final Derivation.Each<Output<R>> outputs;
  private final Assembly<R> assembly = new Assembly<>();
  private @Nullable Derivation last;

  /** Begins with no objects. */
  public Incremental(Derivation.Each<Output<R>> outputs) {
    this.outputs = outputs;
  }

  /** Translates what is not as in the snapshot before. What fails counts as not asked. */
  public Translation<R> translate(Snapshot snapshot) {
    Derivation derivation = Derivation.of(snapshot, last);
    last = derivation;
    Translation<R> translation = assembly.apply(derivation.changes(outputs));
    derivation.complete();
    return translation;
  }

  /** How many answers the last translation had to compute. */
  public int computed() {
    return last == null ? 0 : last.computed();
  }
}
