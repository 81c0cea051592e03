package dev.weft.routing;

import java.util.List;

/**
 * A value of an authorization rule in one of Istio's forms: exact, "prefix*", "*suffix", or "*" for
 * any value that is there. Immutable.
 */
record StringForm(Kind kind, String text) {
  enum Kind {
    EXACT,
    PREFIX,
    SUFFIX,
    PRESENT
  }

  static StringForm of(String value) {
    if (value.equals("*")) {
      return new StringForm(Kind.PRESENT, "");
    }
    if (value.startsWith("*")) {
      return new StringForm(Kind.SUFFIX, value.substring(1));
    }
    return value.endsWith("*")
        ? new StringForm(Kind.PREFIX, value.substring(0, value.length() - 1))
        : new StringForm(Kind.EXACT, value);
  }

  static List<StringForm> of(List<String> values) {
    return values.stream().map(StringForm::of).toList();
  }

  /** Whether {@code value.substring(0, end)} has this form. */
  boolean matches(String value, int end) {
    return switch (kind) {
      case EXACT -> end == text.length() && value.startsWith(text);
      case PREFIX -> end >= text.length() && value.startsWith(text);
      case SUFFIX -> end >= text.length() && value.startsWith(text, end - text.length());
      case PRESENT -> end > 0;
    };
  }

  static boolean any(List<StringForm> forms, String value, int end) {
    for (StringForm form : forms) {
      if (form.matches(value, end)) {
        return true;
      }
    }
    return false;
  }
}
