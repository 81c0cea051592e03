package dev.weft.flows.receiver;

import org.jspecify.annotations.Nullable;

/**
 * Texts that were seen lately. Spans repeat the same names and values over and over, and each
 * message brings copies of its own: kept once, a span takes a sixth of the memory. Any thread; a
 * race costs one more copy.
 */
final class SharedTexts {
  private static final int PLACES = 1 << 13;

  /** What is longer seldom comes again. */
  static final int LONGEST = 128;

  private final @Nullable String[] seen = new @Nullable String[PLACES];

  /** An equal text: the one that was seen before, if it still has its place. */
  String of(String text) {
    if (text.length() > LONGEST) {
      return text;
    }
    int place = (text.hashCode() * 0x9e3779b9) >>> 19;
    String known = seen[place];
    if (known != null && known.equals(text)) {
      return known;
    }
    seen[place] = text;
    return text;
  }
}
