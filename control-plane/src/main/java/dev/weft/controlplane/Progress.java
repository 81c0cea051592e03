package dev.weft.controlplane;

/** How far a resource has come, at one node or at all of them. */
sealed interface Progress {

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

  /** The worse of two: a refusal beats waiting beats done. */
  default Progress and(Progress other) {
    return switch (this) {
      case Refused _ -> this;
      case Waiting _ -> other instanceof Refused ? other : this;
      case Done _ -> other;
    };
  }
}
