package dev.weft.routing;

import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Workload;
import dev.weft.routing.Changes.Changed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pods by "namespace/name" and by address. Immutable.
 *
 * @param changed names whose info is other than in the previous index
 */
@SuppressWarnings("ReferenceEquality") // instances are the versions
record WorkloadIndex(
    PersistentMap<String, WorkloadInfo> byName,
    PersistentMap<Integer, WorkloadInfo> byAddress,
    Set<String> changed) {
  static final WorkloadIndex EMPTY =
      new WorkloadIndex(PersistentMap.empty(), PersistentMap.empty(), Set.of());

  WorkloadIndex next(Changes changes, MeshView view, String trustDomain, boolean everything) {
    List<Changed> todo = changes.of(BodyCase.WORKLOAD);
    if (everything) {
      List<Changed> all = new ArrayList<>();
      todo.stream().filter(change -> change.after() == null).forEach(all::add);
      view.forEach(
          BodyCase.WORKLOAD, resource -> all.add(new Changed(resource.getName(), null, resource)));
      todo = all;
    }
    if (todo.isEmpty()) {
      return changed.isEmpty() ? this : new WorkloadIndex(byName, byAddress, Set.of());
    }
    PersistentMap.Edit<String, WorkloadInfo> names = byName.edit();
    PersistentMap.Edit<Integer, WorkloadInfo> addresses = byAddress.edit();
    Set<String> touched = new HashSet<>();
    for (Changed change : todo) {
      changes.run(
          change,
          one -> touched.add(replace(one, trustDomain, names, addresses)),
          // What a pod was is no help once it is something else: it stays as it was, and the nack
          // tells.
          one -> {});
    }
    return new WorkloadIndex(names.done(), addresses.done(), touched);
  }

  private static String replace(
      Changed change,
      String trustDomain,
      PersistentMap.Edit<String, WorkloadInfo> names,
      PersistentMap.Edit<Integer, WorkloadInfo> addresses) {
    WorkloadInfo now = info(change, trustDomain);
    String name = change.key();
    WorkloadInfo old = names.get(name);
    if (now != null && now.equals(old)) {
      return name;
    }
    if (old != null && addresses.get(old.address()) == old) {
      addresses.remove(old.address());
    }
    if (now == null) {
      names.remove(name);
      return name;
    }
    names.put(name, now);
    if (now.address() != 0) {
      addresses.put(now.address(), now);
    }
    return name;
  }

  private static @Nullable WorkloadInfo info(Changed change, String trustDomain) {
    if (change.after() == null) {
      return null;
    }
    Workload workload = change.after().getWorkload();
    change.key("workload", workload.getNamespace(), workload.getName());
    String spiffeId =
        "spiffe://"
            + trustDomain
            + "/ns/"
            + workload.getNamespace()
            + "/sa/"
            + workload.getServiceAccount();
    return new WorkloadInfo(
        workload.getNamespace(),
        workload.getName(),
        workload.getUid(),
        workload.getOwnerKind(),
        workload.getOwnerName().isEmpty() ? workload.getName() : workload.getOwnerName(),
        workload.getServiceAccount(),
        spiffeId,
        workload.getNode(),
        workload.getIdentity(),
        MtlsMode.of(workload.getMtls()),
        workload.getAddress().isEmpty() ? 0 : Ipv4.of(workload.getAddress()));
  }
}
