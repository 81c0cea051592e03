package dev.weft.routing;

import dev.weft.api.v1.Header;
import dev.weft.api.v1.HeaderModifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Changes to a message's headers, in order. Immutable. */
public final class HeaderEdits {
  /** Changes nothing. */
  public static final HeaderEdits NONE = new HeaderEdits(List.of());

  private sealed interface Edit {
    record Set(String name, String value) implements Edit {}

    record Add(String name, String value) implements Edit {}

    record Remove(String name) implements Edit {}
  }

  private final Edit[] edits;

  private HeaderEdits(List<Edit> edits) {
    this.edits = edits.toArray(new Edit[0]);
  }

  /** Of several filters, in their order; within one: set, add, remove (Gateway API). */
  static HeaderEdits of(List<HeaderModifier> modifiers) {
    List<Edit> edits = new ArrayList<>();
    for (HeaderModifier modifier : modifiers) {
      for (Header header : modifier.getSetList()) {
        edits.add(new Edit.Set(lower(header.getName()), header.getValue()));
      }
      for (Header header : modifier.getAddList()) {
        edits.add(new Edit.Add(lower(header.getName()), header.getValue()));
      }
      for (String name : modifier.getRemoveList()) {
        edits.add(new Edit.Remove(lower(name)));
      }
    }
    return edits.isEmpty() ? NONE : new HeaderEdits(edits);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Whether {@link #apply} does nothing. */
  public boolean isEmpty() {
    return edits.length == 0;
  }

  /** Applies all of them. */
  public void apply(HeaderSink headers) {
    for (Edit edit : edits) {
      switch (edit) {
        case Edit.Set(String name, String value) -> headers.set(name, value);
        case Edit.Add(String name, String value) -> headers.add(name, value);
        case Edit.Remove(String name) -> headers.remove(name);
      }
    }
  }
}
