package dev.weft.controlplane;

import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Service;
import dev.weft.resources.ServiceAccount;
import dev.weft.resources.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What to do so that the cluster holds what it must.
 *
 * @param apply objects that are missing or say something else
 * @param delete objects that Weft made and that nobody needs any more
 * @param occupied names that somebody else's objects have: those are left alone, since an object
 *     that Weft owns goes with its Gateway
 */
record GeneratedPlan(List<KubeObject> apply, List<ObjectRef> delete, List<ObjectRef> occupied) {

  /** Compares what there is with what is wanted. */
  static GeneratedPlan of(Snapshot snapshot, List<KubeObject> wanted) {
    Map<ObjectRef, KubeObject> byRef = new HashMap<>();
    wanted.forEach(object -> byRef.put(object.ref(), object));
    List<KubeObject> apply = new ArrayList<>();
    List<ObjectRef> occupied = new ArrayList<>();
    for (KubeObject object : wanted) {
      KubeObject present = snapshot.get(object.ref());
      if (present == null) {
        apply.add(object);
      } else if (!isOurs(present)) {
        occupied.add(object.ref());
      } else if (!says(present.metadata(), object.metadata())) {
        apply.add(object);
      }
    }
    List<ObjectRef> delete =
        Stream.concat(snapshot.all(ServiceAccount.class), snapshot.all(Service.class))
            .filter(GeneratedPlan::isOurs)
            .map(KubeObject::ref)
            .filter(ref -> !byRef.containsKey(ref))
            .toList();
    return new GeneratedPlan(List.copyOf(apply), delete, List.copyOf(occupied));
  }

  private static boolean isOurs(KubeObject object) {
    return ObjectMeta.MANAGED_BY_WEFT.equals(
        object.metadata().labels().get(ObjectMeta.MANAGED_BY_LABEL));
  }

  /** Whether an object says all that is wanted; others may have added to it. */
  private static boolean says(ObjectMeta present, ObjectMeta wanted) {
    return present.labels().entrySet().containsAll(wanted.labels().entrySet())
        && present.annotations().entrySet().containsAll(wanted.annotations().entrySet());
  }
}
