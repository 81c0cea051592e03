package dev.weft.controlplane;

import dev.weft.resources.ObjectRef;

/** How statuses reach the API server. */
@FunctionalInterface
interface StatusApi {

  /** How it went. */
  sealed interface Outcome {
    /** Applied; what was observed has been told. */
    record Applied() implements Outcome {}

    /** The object is not there any more, or it is another one of the same name. */
    record Gone() implements Outcome {}

    /** The object has changed since: look again. */
    record Conflict() implements Outcome {}

    /** It did not work; later it may. */
    record Failed(String reason) implements Outcome {}
  }

  /**
   * Applies a status. Blocks; any thread.
   *
   * @param version of the object that was looked at
   */
  Outcome apply(ObjectRef ref, String version, StatusPatch patch);
}
