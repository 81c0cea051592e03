package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ReferenceGrant;

/** Whether a reference into another namespace is allowed there. */
final class Grants {
  private Grants() {}

  /** True inside one namespace, or when a ReferenceGrant of the target's namespace covers it. */
  static boolean allow(Derivation.Reader reader, ObjectRef from, ObjectRef to) {
    if (from.namespace().equals(to.namespace())) {
      return true;
    }
    ReferenceGrant.From source =
        new ReferenceGrant.From(from.kind().group(), from.kind().kind(), from.namespace());
    return reader.inNamespace(ReferenceGrant.class, to.namespace()).stream()
        .anyMatch(
            grant -> grant.spec().allows(source, to.kind().group(), to.kind().kind(), to.name()));
  }
}
