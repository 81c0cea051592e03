package dev.weft.controlplane;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Snapshot;
import dev.weft.resources.Translation;

/**
 * Makes resources and statuses of a snapshot. An implementation may remember its last answer to
 * save work; it is asked on the mesh thread only.
 */
@FunctionalInterface
interface Translating {

  /** Translates; never fails because of what users wrote, which is what statuses are for. */
  Translation<Resource> translate(Snapshot snapshot);
}
