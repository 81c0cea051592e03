package dev.weft.controlplane;

/** How far a resource has come, at one node or at all of them. */
sealed interface Progress {
  Progress DONE = new Done();
  Progress WAITING = new Waiting();

  /** Programmed. */
  record Done() implements Progress {}

  /** On its way. */
  record Waiting() implements Progress {}

  /**
   * A node cannot put it to use.
   *
   * @param reason the node's words
   */
  record Refused(String node, String reason) implements Progress {}
}
