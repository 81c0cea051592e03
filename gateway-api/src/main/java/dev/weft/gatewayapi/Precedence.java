package dev.weft.gatewayapi;

import dev.weft.resources.KubeObject;
import java.time.Instant;
import java.util.Comparator;

/** Who comes first where two objects want the same: the older, then by "namespace/name". */
final class Precedence {
  static final Comparator<KubeObject> OLDEST_FIRST =
      Comparator.comparing(Precedence::created).thenComparing(Precedence::key);

  private Precedence() {}

  /** An object that no API server has dated comes last. */
  private static Instant created(KubeObject object) {
    Instant created = object.metadata().creationTimestamp();
    return created == null ? Instant.MAX : created;
  }

  /** "namespace/name". */
  static String key(KubeObject object) {
    return object.metadata().namespace() + "/" + object.metadata().name();
  }
}
