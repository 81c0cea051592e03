package dev.weft.resources;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answers of one {@link Derivation.Each} as they were told last. See there. */
final class EachMemory {
  final Members members;
  private final Map<ObjectRef, Object> told = new HashMap<>();

  EachMemory(Members members) {
    this.members = members;
  }

  @Nullable Object told(ObjectRef object) {
    return told.get(object);
  }

  /** An object's answer is told; null: the object is gone. */
  void tell(ObjectRef object, DerivationMemory.@Nullable Entry entry) {
    members.settle(object, entry);
    if (entry == null) {
      told.remove(object);
    } else {
      told.put(object, entry.present());
    }
  }
}
