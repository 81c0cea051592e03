package dev.weft.controlplane;

import dev.weft.resources.KubeObject;
import dev.weft.resources.Refusal;
import java.util.List;

/** What a watch says about one object. */
sealed interface Change {

  /** It is there, as it is now. */
  record Present(KubeObject object) implements Change {}

  /** It is there, but cannot be understood. */
  record Unreadable(List<Refusal> refusals) implements Change {}

  /** It is not there, or it is none that Weft needs. */
  record Gone() implements Change {}
}
