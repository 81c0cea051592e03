package dev.weft.routing;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a compilation has to look at: the differences of two views, and where refusals are written.
 * Confined to one compilation.
 */
final class Changes {
  private final MeshView before;
  private final MeshView after;
  private final PersistentMap.Edit<String, Refusal> refusals;

  Changes(MeshView before, MeshView after, PersistentMap<String, Refusal> refusals) {
    this.before = before;
    this.after = after;
    this.refusals = refusals.edit();
  }

  /**
   * Why a resource is not in the tables.
   *
   * @param standing the earlier resource of that name whose compiled form still is; {@code null}:
   *     none
   */
  record Refusal(String reason, @Nullable Resource standing) {}

  /**
   * A resource that is new, other or gone.
   *
   * @param before what the tables hold: not a refused resource
   */
  record Changed(String name, @Nullable Resource before, @Nullable Resource after) {

    /**
     * "namespace/name" of the resource.
     *
     * @param kind what its name must begin with
     * @throws IllegalArgumentException when the name is not that of the content
     */
    String key(String kind, String namespace, String object) {
      String key = namespace + "/" + object;
      if (!name.equals(kind + "/" + key)) {
        throw new IllegalArgumentException(
            "a resource named \"" + name + "\" holds the " + kind + " " + key);
      }
      return key;
    }

    /** The part of the name after the kind; for what is gone. */
    String key() {
      return name.substring(name.indexOf('/') + 1);
    }
  }

  /** Compiles one resource into an edit. */
  interface Step {
    /**
     * Changes nothing when it throws.
     *
     * @throws IllegalArgumentException what is wrong with the resource, for the user who wrote it
     */
    void compile(Changed changed);
  }

  /**
   * The differences of one kind, removals first: an address may pass from one owner to the next.
   */
  List<Changed> of(BodyCase kind) {
    List<Changed> removed = new ArrayList<>();
    List<Changed> present = new ArrayList<>();
    PersistentMap.differences(
        before.kind(kind),
        after.kind(kind),
        (name, was, is) -> {
          Refusal refusal = refusals.get(name);
          (is == null ? removed : present)
              .add(new Changed(name, refusal == null ? was : refusal.standing, is));
        });
    removed.addAll(present);
    return removed;
  }

  /** Runs a step for each difference of a kind; a failure becomes a refusal. */
  void each(BodyCase kind, Step step) {
    each(kind, step, _ -> {});
  }

  /** As above; the fallback sees what was refused. */
  void each(BodyCase kind, Step step, Step fallback) {
    for (Changed changed : of(kind)) {
      run(changed, step, fallback);
    }
  }

  void run(Changed changed, Step step, Step fallback) {
    try {
      step.compile(changed);
      refusals.remove(changed.name);
    } catch (RuntimeException e) {
      // Whatever it is: one resource must not keep all others from being applied.
      refusals.put(changed.name, new Refusal(reason(e), changed.before));
      fallback.compile(changed);
    }
  }

  /** Runs a step for a resource that is as before while something it depends on is not. */
  void again(String name, Step step) {
    Refusal refusal = refusals.get(name);
    Resource resource = refusal == null ? after.get(name) : refusal.standing;
    if (resource == null) {
      return;
    }
    try {
      step.compile(new Changed(name, resource, resource));
    } catch (RuntimeException e) {
      refusals.put(name, new Refusal(reason(e), resource));
    }
  }

  private static String reason(RuntimeException e) {
    return e instanceof IllegalArgumentException ? String.valueOf(e.getMessage()) : e.toString();
  }

  PersistentMap<String, Refusal> refusals() {
    return refusals.done();
  }
}
