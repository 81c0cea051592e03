package dev.weft.routing;

import dev.weft.api.v1.NamedMatch;
import java.util.List;

/** A condition on a named value: a header or a query parameter. Immutable. */
sealed interface ValueMatch {
  String name();

  boolean matches(CharSequence value);

  record Exact(String name, String expected) implements ValueMatch {
    @Override
    public boolean matches(CharSequence value) {
      return expected.contentEquals(value);
    }
  }

  record Expression(String name, Regex regex) implements ValueMatch {
    @Override
    public boolean matches(CharSequence value) {
      return regex.matches(value);
    }
  }

  static List<ValueMatch> of(List<NamedMatch> matches) {
    return matches.stream().map(ValueMatch::of).toList();
  }

  private static ValueMatch of(NamedMatch match) {
    return switch (match.getValue().getKindCase()) {
      case EXACT -> new Exact(match.getName(), match.getValue().getExact());
      case REGEX -> new Expression(match.getName(), Regex.of(match.getValue().getRegex()));
      case PREFIX, KIND_NOT_SET ->
          throw new IllegalArgumentException(
              "\"" + match.getName() + "\" is matched neither exactly nor by expression");
    };
  }
}
