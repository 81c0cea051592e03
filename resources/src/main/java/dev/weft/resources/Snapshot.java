package dev.weft.resources;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All objects at one moment; immutable. A changed snapshot shares everything with the one it came
 * from but the maps of the kinds and namespaces that changed, so the cost of a change does not grow
 * with the number of other objects' namespaces, and a difference is found by comparing references.
 */
public final class Snapshot {
  private static final Snapshot EMPTY = new Snapshot(new EnumMap<>(Kind.class));

  private final Map<Kind, SortedMap<String, SortedMap<String, KubeObject>>> kinds;

  private Snapshot(Map<Kind, SortedMap<String, SortedMap<String, KubeObject>>> kinds) {
    this.kinds = kinds;
  }

  public static Snapshot empty() {
    return EMPTY;
  }

  public static Snapshot of(Collection<? extends KubeObject> objects) {
    return EMPTY.with(objects, List.of());
  }

  /** The object with a name, or null. */
  public <T extends KubeObject> @Nullable T get(Class<T> type, String namespace, String name) {
    return type.cast(inNamespaceByName(Kind.of(type), namespace).get(name));
  }

  /** The object that a reference names, or null. */
  public @Nullable KubeObject get(ObjectRef ref) {
    return inNamespaceByName(ref.kind(), ref.namespace()).get(ref.name());
  }

  /** All objects of a kind, by namespace and name. */
  public <T extends KubeObject> Stream<T> all(Class<T> type) {
    return kinds.getOrDefault(Kind.of(type), Collections.emptySortedMap()).values().stream()
        .flatMap(byName -> byName.values().stream())
        .map(type::cast);
  }

  /** The objects of a kind in one namespace, by name. */
  public <T extends KubeObject> Stream<T> inNamespace(Class<T> type, String namespace) {
    return inNamespaceByName(Kind.of(type), namespace).values().stream().map(type::cast);
  }

  /** Every object, by kind (in an order in which they can be created), namespace and name. */
  public Stream<KubeObject> objects() {
    return kinds.values().stream()
        .flatMap(byNamespace -> byNamespace.values().stream())
        .flatMap(byName -> byName.values().stream());
  }

  public int size() {
    return (int) objects().count();
  }

  /** The same map as long as nothing of the kind changed in the namespace. */
  SortedMap<String, KubeObject> inNamespaceByName(Kind kind, String namespace) {
    return kinds
        .getOrDefault(kind, Collections.emptySortedMap())
        .getOrDefault(namespace, Collections.emptySortedMap());
  }

  /** The same map as long as nothing of the kind changed. */
  SortedMap<String, SortedMap<String, KubeObject>> ofKind(Kind kind) {
    return kinds.getOrDefault(kind, Collections.emptySortedMap());
  }

  /**
   * The snapshot after a change. An upserted object that equals the one there changes nothing.
   *
   * @param removed applied after the upserts; an object that is not there may be removed
   */
  public Snapshot with(Collection<? extends KubeObject> upserted, Collection<ObjectRef> removed) {
    Map<ObjectRef, @Nullable KubeObject> changes = new HashMap<>();
    for (KubeObject object : upserted) {
      changes.put(object.ref(), object);
    }
    for (ObjectRef ref : removed) {
      changes.put(ref, null);
    }
    changes.entrySet().removeIf(change -> sameAs(get(change.getKey()), change.getValue()));
    if (changes.isEmpty()) {
      return this;
    }
    Map<Kind, SortedMap<String, SortedMap<String, KubeObject>>> next = new EnumMap<>(Kind.class);
    next.putAll(kinds);
    Set<Kind> copiedKinds = new HashSet<>();
    Set<List<Object>> copied = new HashSet<>();
    changes.forEach(
        (ref, object) -> {
          if (copiedKinds.add(ref.kind())) {
            next.put(ref.kind(), new TreeMap<>(ofKind(ref.kind())));
          }
          SortedMap<String, SortedMap<String, KubeObject>> byNamespace = ownedKind(next, ref);
          if (copied.add(List.of(ref.kind(), ref.namespace()))) {
            byNamespace.put(
                ref.namespace(), new TreeMap<>(inNamespaceByName(ref.kind(), ref.namespace())));
          }
          change(byNamespace, ref, object);
        });
    return new Snapshot(next);
  }

  private static SortedMap<String, SortedMap<String, KubeObject>> ownedKind(
      Map<Kind, SortedMap<String, SortedMap<String, KubeObject>>> next, ObjectRef ref) {
    return next.computeIfAbsent(ref.kind(), kind -> new TreeMap<>());
  }

  private static void change(
      SortedMap<String, SortedMap<String, KubeObject>> byNamespace,
      ObjectRef ref,
      @Nullable KubeObject object) {
    SortedMap<String, KubeObject> byName =
        byNamespace.computeIfAbsent(ref.namespace(), namespace -> new TreeMap<>());
    if (object == null) {
      byName.remove(ref.name());
    } else {
      byName.put(ref.name(), object);
    }
  }

  private static boolean sameAs(@Nullable KubeObject before, @Nullable KubeObject after) {
    return before == null ? after == null : before.equals(after);
  }

  /** References of the objects that are not the same in both snapshots. */
  @SuppressWarnings("ReferenceEquality") // shared maps and objects did not change
  public Set<ObjectRef> changedSince(Snapshot earlier) {
    Set<ObjectRef> changed = new LinkedHashSet<>();
    for (Kind kind : Kind.values()) {
      SortedMap<String, SortedMap<String, KubeObject>> news = ofKind(kind);
      SortedMap<String, SortedMap<String, KubeObject>> olds = earlier.ofKind(kind);
      if (news != olds) {
        for (String namespace : union(news.keySet(), olds.keySet())) {
          compare(
              kind,
              namespace,
              inNamespaceByName(kind, namespace),
              earlier.inNamespaceByName(kind, namespace),
              changed);
        }
      }
    }
    return changed;
  }

  @SuppressWarnings("ReferenceEquality") // see changedSince
  private static void compare(
      Kind kind,
      String namespace,
      SortedMap<String, KubeObject> news,
      SortedMap<String, KubeObject> olds,
      Set<ObjectRef> changed) {
    if (news == olds) {
      return;
    }
    for (String name : union(news.keySet(), olds.keySet())) {
      if (news.get(name) != olds.get(name)) {
        changed.add(new ObjectRef(kind, namespace, name));
      }
    }
  }

  private static Set<String> union(Set<String> a, Set<String> b) {
    Set<String> both = new TreeSet<>(a);
    both.addAll(b);
    return both;
  }
}
