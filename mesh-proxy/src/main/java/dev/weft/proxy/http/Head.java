package dev.weft.proxy.http;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of a head, whichever protocol they came by. Confined to its event loop. */
public sealed interface Head permits H1Fields, H2Fields, RequestHead, ResponseHead {

  /** Names of its fields in lower case, pseudo-header fields aside. */
  Set<String> names();

  /** The first value of a field. */
  @Nullable String get(CharSequence name);

  /** All values of a field. */
  List<String> all(CharSequence name);

  /** Replaces a field. */
  void set(CharSequence name, CharSequence value);

  /** Adds a value to a field. */
  void add(CharSequence name, CharSequence value);

  /** Removes a field. */
  void remove(CharSequence name);
}
