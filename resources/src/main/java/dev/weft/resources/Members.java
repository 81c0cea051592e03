package dev.weft.resources;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The objects of some kinds, each with an answer about it, and which of them have to be looked at
 * again: they came, went, or their answers may be others. Belongs to a {@link DerivationMemory}.
 */
final class Members {
  private final Set<Kind> kinds;
  private final LinkedHashSet<ObjectRef> due = new LinkedHashSet<>();
  private final Map<ObjectRef, DerivationMemory.Entry> entries = new HashMap<>();

  Members(Set<Kind> kinds, Collection<ObjectRef> objects) {
    this.kinds = kinds;
    due.addAll(objects);
  }

  /** An answer that is about one object. */
  record Membership(Members members, ObjectRef object) {
    void isDue() {
      members.due.add(object);
    }
  }

  /** An object of any kind came, went, or says something else. */
  void changed(ObjectRef object) {
    if (kinds.contains(object.kind())) {
      due.add(object);
    }
  }

  /** What has to be looked at, as it is now. */
  List<ObjectRef> due() {
    return List.copyOf(due);
  }

  /** An object has been looked at, and is not there: null, or has an answer. */
  @SuppressWarnings("ReferenceEquality") // an entry is what it is, not what it says
  void settle(ObjectRef object, DerivationMemory.@Nullable Entry entry) {
    DerivationMemory.Entry before =
        entry == null ? entries.remove(object) : entries.put(object, entry);
    if (before != entry) {
      Membership membership = new Membership(this, object);
      if (before != null) {
        before.memberships.remove(membership);
      }
      if (entry != null) {
        entry.memberships.add(membership);
      }
    }
    due.remove(object);
  }
}
