package dev.weft.routing;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of the mesh: resources by name. Immutable and persistent: a new view shares all
 * that did not change, so its cost follows the change. Resources of equal version keep the instance
 * that was there first, so instances may be compared instead of contents.
 */
public final class MeshView {
  private static final MeshView EMPTY =
      new MeshView(new EnumMap<>(BodyCase.class), PersistentMap.empty());

  private final EnumMap<BodyCase, PersistentMap<String, Resource>> byKind;
  private final PersistentMap<String, Resource> byName;

  private MeshView(
      EnumMap<BodyCase, PersistentMap<String, Resource>> byKind,
      PersistentMap<String, Resource> byName) {
    this.byKind = byKind;
    this.byName = byName;
  }

  /** Knows nothing. */
  public static MeshView empty() {
    return EMPTY;
  }

  /**
   * This view after a batch of changes.
   *
   * @param removed names; unknown ones are ignored, and one that is also upserted stays
   */
  public MeshView with(Collection<Resource> upserted, Collection<String> removed) {
    Map<BodyCase, PersistentMap.Edit<String, Resource>> kinds = new EnumMap<>(BodyCase.class);
    PersistentMap.Edit<String, Resource> names = byName.edit();
    for (String name : removed) {
      Resource old = names.get(name);
      if (old != null) {
        names.remove(name);
        edit(kinds, old.getBodyCase()).remove(name);
      }
    }
    for (Resource resource : upserted) {
      Resource known = byName.get(resource.getName());
      Resource now = known != null && same(known, resource) ? known : resource;
      Resource old = names.get(now.getName());
      if (old != null && old.getBodyCase() != now.getBodyCase()) {
        edit(kinds, old.getBodyCase()).remove(old.getName());
      }
      names.put(now.getName(), now);
      edit(kinds, now.getBodyCase()).put(now.getName(), now);
    }
    EnumMap<BodyCase, PersistentMap<String, Resource>> next = new EnumMap<>(byKind);
    kinds.forEach((kind, edit) -> next.put(kind, edit.done()));
    PersistentMap<String, Resource> nextNames = names.done();
    return nextNames == byName ? this : new MeshView(next, nextNames);
  }

  private static boolean same(Resource known, Resource resource) {
    return known.getBodyCase() == resource.getBodyCase()
        && known.getVersion().equals(resource.getVersion())
        && (!known.getVersion().isEmpty() || known.equals(resource));
  }

  private PersistentMap.Edit<String, Resource> edit(
      Map<BodyCase, PersistentMap.Edit<String, Resource>> kinds, BodyCase kind) {
    return kinds.computeIfAbsent(kind, k -> kind(k).edit());
  }

  /** How many resources there are. */
  public int size() {
    return byName.size();
  }

  /** A resource by its full name, for example "workload/shop/web-0". */
  public @Nullable Resource get(String name) {
    return byName.get(name);
  }

  /** Every resource of a kind, in no particular order. */
  public void forEach(BodyCase kind, Consumer<Resource> action) {
    kind(kind).forEach((_, resource) -> action.accept(resource));
  }

  /** Every resource, in no particular order. */
  public void forEach(Consumer<Resource> action) {
    byName.forEach((_, resource) -> action.accept(resource));
  }

  PersistentMap<String, Resource> kind(BodyCase kind) {
    return byKind.getOrDefault(kind, PersistentMap.empty());
  }

  /** What differs between two views; reads only what changed. */
  public static void differences(MeshView before, MeshView after, Change change) {
    PersistentMap.differences(before.byName, after.byName, change::resource);
  }

  /** A difference of two views. */
  public interface Change {
    /** {@code before} is null for a new resource, {@code after} for one that is gone. */
    void resource(String name, @Nullable Resource before, @Nullable Resource after);
  }
}
