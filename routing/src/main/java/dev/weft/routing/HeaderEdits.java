package dev.weft.routing;

import dev.weft.api.v1.HeaderModifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes to a message's headers, in order. Immutable. */
public final class HeaderEdits {
  /** Changes nothing. */
  public static final HeaderEdits NONE = new HeaderEdits(List.of());

  /** RFC 9110 §7.6.1, and what frames a message (RFC 9112 §6). */
  private static final Set<String> CONNECTION_FIELDS =
      Set.of(
          "connection",
          "content-length",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /**
   * Whether a field frames a message or belongs to one connection, so that only who writes the
   * message may set it.
   *
   * @param name in lower case
   */
  public static boolean isOfConnection(String name) {
    return CONNECTION_FIELDS.contains(name);
  }

  private sealed interface Edit {
    record Set(String name, String value) implements Edit {}

    record Add(String name, String value) implements Edit {}

    record Remove(String name) implements Edit {}

    /** Set unless, or only if, the field is there. */
    record SetWhere(String name, String value, boolean present) implements Edit {}
  }

  private final Edit[] edits;

  private HeaderEdits(List<Edit> edits) {
    this.edits = edits.toArray(new Edit[0]);
  }

  /**
   * Of several filters, in their order; within one: set, add, remove (Gateway API).
   *
   * @throws IllegalArgumentException for a field that says where a message ends or belongs to one
   *     connection: an edit would let one client speak inside another's request
   */
  static HeaderEdits of(List<HeaderModifier> modifiers) {
    Builder edits = new Builder();
    for (HeaderModifier modifier : modifiers) {
      modifier.getSetList().forEach(header -> edits.set(name(header.getName()), header.getValue()));
      modifier.getAddList().forEach(header -> edits.add(name(header.getName()), header.getValue()));
      modifier.getRemoveList().forEach(name -> edits.remove(name(name)));
    }
    return edits.build();
  }

  private static String name(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (isOfConnection(lower)) {
      throw new IllegalArgumentException("the header " + lower + " is the connection's own");
    }
    return lower;
  }

  /**
   * Collects edits. Names are in lower case; whoever calls has looked that no field is one that
   * frames messages. Confined to one thread.
   */
  public static final class Builder {
    private final List<Edit> edits = new ArrayList<>(4);

    /** Replaces every value. */
    public Builder set(String name, String value) {
      edits.add(new Edit.Set(name, value));
      return this;
    }

    /** Appends a value. */
    public Builder add(String name, String value) {
      edits.add(new Edit.Add(name, value));
      return this;
    }

    /**
     * Replaces every value of a field.
     *
     * @param present only where the field is there; else only where it is not
     */
    public Builder setWhere(boolean present, String name, String value) {
      edits.add(new Edit.SetWhere(name, value, present));
      return this;
    }

    /** Removes every value. */
    public Builder remove(String name) {
      edits.add(new Edit.Remove(name));
      return this;
    }

    /** What has been collected. */
    public HeaderEdits build() {
      return edits.isEmpty() ? NONE : new HeaderEdits(edits);
    }
  }

  /** These edits, then others. */
  public HeaderEdits then(HeaderEdits next) {
    if (next.isEmpty()) {
      return this;
    }
    List<Edit> all = new ArrayList<>(List.of(edits));
    all.addAll(List.of(next.edits));
    return new HeaderEdits(all);
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
        case Edit.SetWhere(String name, String value, boolean present) -> {
          if (headers.has(name) == present) {
            headers.set(name, value);
          }
        }
      }
    }
  }

  /**
   * One line for what a field has and what is added to it (Gateway API: {@code add} appends to the
   * values that are there), so that a reader of the first line alone sees all of it.
   *
   * @param before the field's lines, in order
   * @return {@code null} where the value needs a line of its own: Set-Cookie (RFC 6265 §3)
   */
  public static @Nullable String joined(String name, List<String> before, String value) {
    if (before.isEmpty()) {
      return value;
    }
    if (name.equals("set-cookie")) {
      return null;
    }
    String separator = name.equals("cookie") ? "; " : ",";
    return String.join(separator, before) + separator + value;
  }
}
