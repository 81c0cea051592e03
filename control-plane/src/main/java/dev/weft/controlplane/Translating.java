package dev.weft.controlplane;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;

/** Makes resources of snapshots, and what to tell users. Asked on the mesh thread only. */
@FunctionalInterface
interface Translating {

  /**
   * What is not as it was when it was last asked; never fails because of what users wrote, which is
   * what statuses are for.
   */
  Translation<Resource> translate(Snapshot snapshot);
}
