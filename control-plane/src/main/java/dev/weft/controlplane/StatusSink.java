package dev.weft.controlplane;

import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import java.util.Map;
import java.util.function.Supplier;

/** Where statuses go. */
interface StatusSink {

  /**
   * All statuses, without times. Never waits for what it writes to; of several calls that come
   * faster than statuses can be written the last counts. Any thread.
   *
   * @param statuses asked on the writing thread
   */
  void update(Supplier<Map<ObjectRef, ObjectStatus>> statuses);
}
