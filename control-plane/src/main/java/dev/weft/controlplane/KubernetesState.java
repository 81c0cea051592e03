package dev.weft.controlplane;

import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Refusal;
import dev.weft.resources.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What all watches have said. An object that cannot be understood keeps its last good state. No
 * I/O; confined to one thread.
 */
final class KubernetesState {
  private final Map<ObjectRef, List<Refusal>> refused = new TreeMap<>();
  private Snapshot snapshot = Snapshot.empty();

  View apply(Map<ObjectRef, Change> changes) {
    List<KubeObject> upserted = new ArrayList<>();
    List<ObjectRef> removed = new ArrayList<>();
    changes.forEach(
        (ref, change) -> {
          refused.remove(ref);
          switch (change) {
            case Change.Present(KubeObject object) -> upserted.add(object);
            case Change.Unreadable(List<Refusal> refusals) -> refused.put(ref, refusals);
            case Change.Gone() -> removed.add(ref);
          }
        });
    snapshot = snapshot.with(upserted, removed);
    return new View(snapshot, refused.values().stream().flatMap(List::stream).toList());
  }
}
