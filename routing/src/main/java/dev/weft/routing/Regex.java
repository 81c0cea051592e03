package dev.weft.routing;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * An RE2 expression that must match a whole value: linear time whatever the value is. Immutable.
 */
final class Regex {
  private static final String META = "\\.[](){}*+?|^$";

  private final Pattern pattern;
  private final String literal;

  private Regex(Pattern pattern, String literal) {
    this.pattern = pattern;
    this.literal = literal;
  }

  static Regex of(String expression) {
    RegexSize.check(expression);
    try {
      return new Regex(Pattern.compile(expression), literalPrefix(expression));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "regular expression \"" + expression + "\" is not RE2: " + e.getDescription(), e);
    }
  }

  /** Text that every match begins with; may be empty. */
  String literal() {
    return literal;
  }

  boolean matches(CharSequence value) {
    return pattern.matcher(value).matches();
  }

  /**
   * Whether the first {@code end} characters match; costs little when the literal beginning
   * differs.
   */
  boolean matches(String text, int end) {
    return literal.length() <= end
        && text.startsWith(literal)
        && pattern.matches(end == text.length() ? text : text.substring(0, end));
  }

  private static String literalPrefix(String expression) {
    if (expression.indexOf('|') >= 0) {
      return "";
    }
    StringBuilder literal = new StringBuilder();
    int i = expression.startsWith("^") ? 1 : 0;
    while (i < expression.length()) {
      char c = expression.charAt(i);
      boolean escaped = c == '\\' && i + 1 < expression.length();
      char value = escaped ? expression.charAt(i + 1) : c;
      if (escaped ? META.indexOf(value) < 0 : META.indexOf(c) >= 0) {
        break;
      }
      literal.append(value);
      i += escaped ? 2 : 1;
    }
    boolean quantified = i < expression.length() && "*+?{".indexOf(expression.charAt(i)) >= 0;
    if (quantified && !literal.isEmpty()) {
      literal.setLength(literal.length() - 1);
    }
    return literal.toString();
  }
}
