package dev.weft.routing;

/** A message's headers as {@link HeaderEdits} changes them; names are in lower case. */
public interface HeaderSink {
  /** Whether the name has a value. */
  boolean has(String name);

  /** Replaces every value of the name. */
  void set(String name, String value);

  /** Appends a value. */
  void add(String name, String value);

  /** Removes every value of the name. */
  void remove(String name);
}
