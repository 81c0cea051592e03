package dev.weft.controlplane;

import dev.weft.resources.KubeObject;
import dev.weft.resources.Snapshot;
import java.util.List;

/** Where the objects go that the cluster must hold because of users' objects. */
interface GeneratedSink {

  /** Of a control plane without a cluster: nobody looks for them there. */
  GeneratedSink NOWHERE = (snapshot, wanted) -> {};

  /**
   * Makes the cluster hold them. Never waits for it; of several calls that come faster than the
   * cluster answers the last counts. Any thread.
   *
   * @param snapshot what the cluster holds, as far as it has been seen
   * @param wanted see {@link dev.weft.resources.Translation#generated()}
   */
  void update(Snapshot snapshot, List<KubeObject> wanted);
}
