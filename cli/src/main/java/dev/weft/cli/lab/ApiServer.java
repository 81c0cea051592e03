package dev.weft.cli.lab;

import dev.weft.resources.Deployment;
import dev.weft.resources.EndpointSlice;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.Namespace;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import dev.weft.resources.Refusal;
import dev.weft.resources.Service;
import dev.weft.resources.ServiceAccount;
import dev.weft.resources.Snapshot;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for the API server: takes the user's objects whole or not at all, fills in what an API
 * server would, and keeps them in files that the control plane reads. Confined to the lab's thread.
 */
final class ApiServer {
  private static final ObjectMeta NOBODY = ObjectMeta.of("default", "nobody");

  private final ObjectFiles files;
  private final InstantSource clock;
  private final ClusterIps clusterIps = new ClusterIps();
  private final Supplier<String> uids;
  private final List<KubeObject> implied;
  private Snapshot users = Snapshot.empty();
  private Snapshot snapshot = Snapshot.empty();

  /**
   * @param implied objects that are there unless the user's folder has them
   */
  ApiServer(
      ObjectFiles files, InstantSource clock, Supplier<String> uids, List<KubeObject> implied) {
    this.implied = List.copyOf(implied);
    this.files = files;
    this.clock = clock;
    this.uids = uids;
  }

  /** Everything there is. */
  Snapshot snapshot() {
    return snapshot;
  }

  /** Pods that the user wrote himself; the scheduler binds them. */
  List<Pod> barePods() {
    return users.all(Pod.class).toList();
  }

  /**
   * Takes the content of the user's folder.
   *
   * @return why it was not taken; empty when it was. Nothing changes then.
   */
  List<Refusal> take(ManifestFolder.Content content) {
    Map<ObjectRef, KubeObject> wanted = new LinkedHashMap<>();
    content.objects().forEach(object -> wanted.put(object.ref(), object));
    implied(wanted);
    List<Refusal> refusals = new ArrayList<>(content.refusals());
    for (KubeObject object : content.objects()) {
      String problem = problem(object, wanted);
      if (problem != null) {
        refusals.add(
            new Refusal(
                content.files().getOrDefault(object.ref(), "?"),
                0,
                "",
                object.ref() + ": " + problem));
      }
    }
    if (refusals.isEmpty()) {
      Snapshot next = Snapshot.of(wanted.values());
      replace(next);
      users = next;
    }
    return refusals;
  }

  private void replace(Snapshot next) {
    List<ObjectRef> removed = new ArrayList<>();
    List<KubeObject> changed = new ArrayList<>();
    for (ObjectRef ref : next.changedSince(users)) {
      KubeObject object = next.get(ref);
      if (ref.kind() == Kind.POD) {
        continue;
      }
      if (object == null) {
        removed.add(ref);
        clusterIps.release(ref.toString());
      } else {
        changed.add(complete(object));
      }
    }
    store(changed, removed);
  }

  /** What a cluster has although nobody writes it. */
  private void implied(Map<ObjectRef, KubeObject> wanted) {
    for (KubeObject object : implied) {
      wanted.putIfAbsent(object.ref(), object);
    }
    for (KubeObject object : List.copyOf(wanted.values())) {
      if (object instanceof Namespace namespace) {
        KubeObject account =
            new ServiceAccount(ObjectMeta.of(namespace.metadata().name(), "default"), Map.of());
        wanted.putIfAbsent(account.ref(), account);
      }
    }
  }

  private @Nullable String problem(KubeObject object, Map<ObjectRef, KubeObject> wanted) {
    String namespace = object.metadata().namespace();
    if (object.kind() == Kind.NODE) {
      return "the lab makes its nodes itself; use --nodes";
    }
    if (object.kind().namespaced()
        && !wanted.containsKey(new ObjectRef(Kind.NAMESPACE, "", namespace))) {
      return "there is no Namespace '" + namespace + "'; add one";
    }
    String account =
        switch (object) {
          case Deployment deployment -> deployment.spec().template().spec().serviceAccountName();
          case Pod pod -> pod.spec().serviceAccountName();
          default -> null;
        };
    if (account != null
        && !wanted.containsKey(new ObjectRef(Kind.SERVICE_ACCOUNT, namespace, account))) {
      return "there is no ServiceAccount '"
          + account
          + "' in namespace '"
          + namespace
          + "'; add one";
    }
    return null;
  }

  /** An object as an API server would hold it after it was created or updated. */
  private KubeObject complete(KubeObject written) {
    KubeObject object = written;
    if (object instanceof Service service && !service.headless()) {
      object =
          service.withClusterIp(
              clusterIps.allocate(service.ref().toString(), service.spec().clusterIP()));
    }
    ObjectMeta meta = object.metadata();
    if (object instanceof Namespace) {
      Map<String, String> labels = new LinkedHashMap<>(meta.labels());
      labels.put(Namespace.NAME_LABEL, meta.name());
      meta = meta.withLabels(labels);
    }
    KubeObject previous = snapshot.get(object.ref());
    if (previous == null) {
      meta = meta.withIdentity(uids.get(), 1, clock.instant());
    } else {
      ObjectMeta old = previous.metadata();
      boolean sameSpec = spec(object).equals(spec(previous));
      meta =
          meta.withIdentity(
              old.uid(),
              sameSpec ? old.generation() : old.generation() + 1,
              old.creationTimestamp());
    }
    return object.withMetadata(meta);
  }

  /** What a generation counts changes of: everything but metadata and status. */
  private static KubeObject spec(KubeObject object) {
    KubeObject bare = object.withMetadata(NOBODY);
    return bare instanceof Pod pod ? pod.withStatus(Pod.PENDING) : bare;
  }

  /** Creates or updates one of the lab's own objects; uid and creation time are kept. */
  KubeObject put(KubeObject object) {
    KubeObject complete = complete(object);
    if (!complete.equals(snapshot.get(complete.ref()))) {
      store(List.of(complete), List.of());
    }
    return complete;
  }

  void remove(ObjectRef ref) {
    store(List.of(), List.of(ref));
  }

  /** Makes the lab's EndpointSlices these; the user's own, of Services without selector, stay. */
  void endpoints(Collection<EndpointSlice> slices) {
    Map<ObjectRef, EndpointSlice> wanted = new LinkedHashMap<>();
    slices.forEach(slice -> wanted.put(slice.ref(), slice));
    List<ObjectRef> removed =
        snapshot
            .all(EndpointSlice.class)
            .map(KubeObject::ref)
            .filter(ref -> !wanted.containsKey(ref) && users.get(ref) == null)
            .toList();
    List<KubeObject> changed = new ArrayList<>();
    for (EndpointSlice slice : wanted.values()) {
      KubeObject complete = complete(slice);
      if (!complete.equals(snapshot.get(slice.ref()))) {
        changed.add(complete);
      }
    }
    store(changed, removed);
  }

  private void store(List<KubeObject> changed, List<ObjectRef> removed) {
    changed.stream().sorted(Comparator.comparing(KubeObject::ref)).forEach(files::write);
    removed.forEach(files::delete);
    snapshot = snapshot.with(changed, removed);
  }
}
