package dev.weft.resources;

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

  /** What to tell users about their objects, given what the nodes have said so far. */
  Map<ObjectRef, ObjectStatus> statuses(Programmed programmed);
}
