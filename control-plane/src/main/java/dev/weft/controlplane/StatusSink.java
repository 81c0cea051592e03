package dev.weft.controlplane;

import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where statuses go. */
interface StatusSink {

  /**
   * Statuses that may be others than before, without times. Never waits for what it writes to. On
   * the mesh thread.
   *
   * @param changes null: the object has none any more. The first call has every status there is:
   *     what else is found in Weft's name belongs to an earlier control plane
   */
  void update(Map<ObjectRef, @Nullable ObjectStatus> changes);
}
