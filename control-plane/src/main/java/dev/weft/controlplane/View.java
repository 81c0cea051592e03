package dev.weft.controlplane;

import dev.weft.resources.Refusal;
import dev.weft.resources.Snapshot;
import java.util.List;

/**
 * What a source sees at one moment.
 *
 * @param refusals all that could not be taken
 */
record View(Snapshot snapshot, List<Refusal> refusals) {}
