package dev.weft.controlplane;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;
import org.jspecify.annotations.Nullable;

/**
 * Makes resources and statuses of a snapshot. An implementation may remember its last answer to
 * save work; it is asked on the mesh thread only.
 */
@FunctionalInterface
interface Translating {

  /** Translates; never fails because of what users wrote, which is what statuses are for. */
  Translation<Resource> translate(Snapshot snapshot);

  /** A translation that starts from its last result. */
  static Translating remembering(Incremental incremental) {
    return new Translating() {
      private @Nullable Translation<Resource> last;

      @Override
      public Translation<Resource> translate(Snapshot snapshot) {
        Translation<Resource> next = incremental.translate(snapshot, last);
        last = next;
        return next;
      }
    };
  }

  /** How the pure translators are asked. */
  @FunctionalInterface
  interface Incremental {
    Translation<Resource> translate(Snapshot snapshot, @Nullable Translation<Resource> previous);
  }
}
