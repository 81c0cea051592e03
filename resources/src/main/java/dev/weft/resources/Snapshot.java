package dev.weft.resources;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All objects at one moment; immutable. A changed snapshot shares everything with the one it came
 * from but the maps of the kinds and namespaces that changed, so the cost of a change does not grow
 * with the number of other objects' namespaces, and a difference is found by comparing references.
 */
public final class Snapshot {
  private static final Snapshot EMPTY =
      new Snapshot(new EnumMap<>(Kind.class), new EnumMap<>(Kind.class));

  private final Map<Kind, SortedMap<String, SortedMap<String, KubeObject>>> kinds;
  private final Map<Kind, List<ObjectRef>> refs;

  private Snapshot(
      Map<Kind, SortedMap<String, SortedMap<String, KubeObject>>> kinds,
      Map<Kind, List<ObjectRef>> refs) {
    this.kinds = kinds;
    this.refs = refs;
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

  /** By namespace and name; the same list as long as no object of the kind came or went. */
  List<ObjectRef> refs(Kind kind) {
    return refs.getOrDefault(kind, List.of());
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
    Map<Kind, List<ObjectRef>> nextRefs = new EnumMap<>(Kind.class);
    nextRefs.putAll(refs);
    Set<Kind> cameOrWent = EnumSet.noneOf(Kind.class);
    changes.forEach(
        (ref, object) -> {
          if (object == null || get(ref) == null) {
            cameOrWent.add(ref.kind());
          }
        });
    cameOrWent.forEach(kind -> nextRefs.put(kind, refs(kind, next)));
    return new Snapshot(next, nextRefs);
  }

  private static List<ObjectRef> refs(
      Kind kind, Map<Kind, SortedMap<String, SortedMap<String, KubeObject>>> kinds) {
    List<ObjectRef> all = new ArrayList<>();
    kinds
        .getOrDefault(kind, Collections.emptySortedMap())
        .forEach(
            (namespace, byName) ->
                byName.keySet().forEach(name -> all.add(new ObjectRef(kind, namespace, name))));
    return Collections.unmodifiableList(all);
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
  public Set<ObjectRef> changedSince(Snapshot earlier) {
    Set<ObjectRef> changed = new LinkedHashSet<>();
    eachChange(earlier, kind -> {}, kind -> {}, (kind, namespace) -> {}, changed::add);
    return changed;
  }

  /**
   * Tells what is not the same in both snapshots.
   *
   * @param kinds told kinds of which something changed
   * @param names told kinds of which objects came or went
   */
  @SuppressWarnings("ReferenceEquality") // shared maps and objects did not change
  void eachChange(
      Snapshot earlier,
      Consumer<Kind> kinds,
      Consumer<Kind> names,
      BiConsumer<Kind, String> namespaces,
      Consumer<ObjectRef> objects) {
    for (Kind kind : Kind.values()) {
      if (ofKind(kind) == earlier.ofKind(kind)) {
        continue;
      }
      kinds.accept(kind);
      if (refs(kind) != earlier.refs(kind)) {
        names.accept(kind);
      }
      Set<String> all = new TreeSet<>(ofKind(kind).keySet());
      all.addAll(earlier.ofKind(kind).keySet());
      for (String namespace : all) {
        SortedMap<String, KubeObject> news = inNamespaceByName(kind, namespace);
        SortedMap<String, KubeObject> olds = earlier.inNamespaceByName(kind, namespace);
        if (news != olds) {
          namespaces.accept(kind, namespace);
          compare(news, olds, name -> objects.accept(new ObjectRef(kind, namespace, name)));
        }
      }
    }
  }

  /** Walks through both at once; both are in the order of names. */
  @SuppressWarnings("ReferenceEquality") // see eachChange
  private static void compare(
      SortedMap<String, KubeObject> news,
      SortedMap<String, KubeObject> olds,
      Consumer<String> changed) {
    Iterator<Map.Entry<String, KubeObject>> left = news.entrySet().iterator();
    Iterator<Map.Entry<String, KubeObject>> right = olds.entrySet().iterator();
    Map.Entry<String, KubeObject> a = next(left);
    Map.Entry<String, KubeObject> b = next(right);
    while (a != null || b != null) {
      int order = a == null ? 1 : b == null ? -1 : a.getKey().compareTo(b.getKey());
      if (a != null && b != null && order == 0) {
        if (a.getValue() != b.getValue()) {
          changed.accept(a.getKey());
        }
        a = next(left);
        b = next(right);
      } else if (a != null && order < 0) {
        changed.accept(a.getKey());
        a = next(left);
      } else if (b != null) {
        changed.accept(b.getKey());
        b = next(right);
      }
    }
  }

  private static Map.@Nullable Entry<String, KubeObject> next(
      Iterator<Map.Entry<String, KubeObject>> entries) {
    return entries.hasNext() ? entries.next() : null;
  }
}
