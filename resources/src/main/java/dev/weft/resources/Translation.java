package dev.weft.resources;

import java.util.List;
import java.util.Map;

/**
 * What a translator made of a snapshot; immutable.
 *
 * @param <R> the message that nodes are sent
 */
public interface Translation<R> {

  /**
   * By name, each with the hash of its content as version; an unchanged one is the same instance.
   */
  Map<String, R> resources();

  /**
   * Objects that the cluster must hold because of users' objects, whose names they bear as owners:
   * for a Gateway a ServiceAccount in its namespace (GEP-1762). Whole but for what an API server
   * fills in; one that was here before and is no longer is to be deleted.
   */
  default List<KubeObject> generated() {
    return List.of();
  }

  /** What to tell users about their objects, given what the nodes have said so far. */
  Map<ObjectRef, ObjectStatus> statuses(Programmed programmed);
}
