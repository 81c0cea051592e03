package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A piece of YAML that knows the line on which it stands. */
sealed interface Located {

  int line();

  /** The same without lines. */
  JsonNode toJson();

  /** A text, number, boolean or null. */
  record Scalar(int line, JsonNode value) implements Located {
    @Override
    public JsonNode toJson() {
      return value;
    }
  }

  record Sequence(int line, List<Located> items) implements Located {
    @Override
    public JsonNode toJson() {
      ArrayNode array = JsonNodeFactory.instance.arrayNode(items.size());
      items.forEach(item -> array.add(item.toJson()));
      return array;
    }
  }

  record Mapping(int line, Map<String, Field> fields) implements Located {
    @Override
    public JsonNode toJson() {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      fields.forEach((name, field) -> object.set(name, field.value().toJson()));
      return object;
    }

    /** The value of a field, null when it is absent or null. */
    @Nullable Located get(String name) {
      Field field = fields.get(name);
      return field == null || isNull(field.value()) ? null : field.value();
    }

    /** The text of a field, null when it is absent or no text. */
    @Nullable String text(String name) {
      return get(name) instanceof Scalar(int line, JsonNode value) && value.isTextual()
          ? value.textValue()
          : null;
    }
  }

  /**
   * A field of a mapping.
   *
   * @param line of the name, which is where an unknown field is reported
   */
  record Field(int line, Located value) {}

  /**
   * What was parsed as JSON already: maps, lists, texts, numbers, booleans and nulls. It stands on
   * line 0.
   *
   * @throws IllegalArgumentException when it is nested deeper than any manifest, or holds something
   *     else
   */
  static Located of(@Nullable Object json) {
    return of(json, 0);
  }

  private static Located of(@Nullable Object json, int depth) {
    if (depth > LocatedReader.MAX_DEPTH) {
      throw new IllegalArgumentException("is nested deeper than " + LocatedReader.MAX_DEPTH);
    }
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (json) {
      case null -> new Scalar(0, make.nullNode());
      case Map<?, ?> map -> {
        Map<String, Field> fields = new LinkedHashMap<>();
        map.forEach(
            (name, value) -> fields.put(String.valueOf(name), new Field(0, of(value, depth + 1))));
        yield new Mapping(0, fields);
      }
      case List<?> list -> new Sequence(0, list.stream().map(item -> of(item, depth + 1)).toList());
      case String text -> new Scalar(0, make.textNode(text));
      case Boolean flag -> new Scalar(0, make.booleanNode(flag));
      case Integer number -> new Scalar(0, make.numberNode(number.longValue()));
      case Long number -> new Scalar(0, make.numberNode(number));
      case Double number -> new Scalar(0, make.numberNode(number));
      default -> throw new IllegalArgumentException("holds a " + json.getClass().getSimpleName());
    };
  }

  static boolean isNull(Located located) {
    return located instanceof Scalar(int line, JsonNode value) && value.isNull();
  }

  /** The line of the innermost part of a path such as "rules[0].name" that exists. */
  static int lineOf(Located root, String path) {
    return path.isEmpty() ? root.line() : lineBelow(root, path, root.line());
  }

  private static int lineBelow(Located at, String path, int line) {
    if (at instanceof Mapping mapping) {
      String key = "";
      // Keys of labels and data hold dots themselves: the longest that fits is meant.
      for (String name : mapping.fields().keySet()) {
        boolean whole = path.length() == name.length() || ".[".indexOf(charAt(path, name)) >= 0;
        if (path.startsWith(name) && whole && name.length() > key.length()) {
          key = name;
        }
      }
      Field field = mapping.fields().get(key);
      return field == null ? line : rest(field.value(), path, key.length(), field.line());
    }
    int end = path.indexOf(']');
    if (at instanceof Sequence(int start, List<Located> items) && path.matches("\\[\\d{1,6}].*")) {
      int index = Integer.parseInt(path.substring(1, end));
      return index >= items.size()
          ? line
          : rest(items.get(index), path, end + 1, items.get(index).line());
    }
    return line;
  }

  private static char charAt(String path, String name) {
    return name.length() < path.length() ? path.charAt(name.length()) : ' ';
  }

  private static int rest(Located at, String path, int from, int line) {
    String below = path.substring(from);
    return below.isEmpty()
        ? line
        : lineBelow(at, below.startsWith(".") ? below.substring(1) : below, line);
  }
}
