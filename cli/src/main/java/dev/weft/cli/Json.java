package dev.weft.cli;

import java.util.Iterator;
import java.util.Map;

/**
 * Writes JSON from maps, iterables, strings, numbers and booleans; enough for what the command
 * prints, and small enough for the echo workload, which starts once a pod.
 */
public final class Json {
  private Json() {}

  /** A piece that is JSON already. */
  public record Raw(String json) {}

  /**
   * JSON text of a value.
   *
   * @throws IllegalArgumentException for a type that has no JSON form here
   */
  public static String of(Object value) {
    StringBuilder out = new StringBuilder(256);
    write(out, value);
    return out.toString();
  }

  private static void write(StringBuilder out, Object value) {
    switch (value) {
      case Raw raw -> out.append(raw.json());
      case String text -> quote(out, text);
      case Double number when number.isNaN() || number.isInfinite() -> out.append("null");
      case Number number -> out.append(number);
      case Boolean bool -> out.append(bool);
      case Map<?, ?> map -> writeMap(out, map);
      case Iterable<?> items -> writeItems(out, items.iterator());
      default ->
          throw new IllegalArgumentException(
              "no JSON form for "
                  + value.getClass().getName()
                  + "; use maps, lists, text, numbers");
    }
  }

  private static void writeMap(StringBuilder out, Map<?, ?> map) {
    out.append('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!first) {
        out.append(',');
      }
      first = false;
      quote(out, String.valueOf(entry.getKey()));
      out.append(':');
      write(out, entry.getValue());
    }
    out.append('}');
  }

  private static void writeItems(StringBuilder out, Iterator<?> items) {
    out.append('[');
    while (items.hasNext()) {
      write(out, items.next());
      if (items.hasNext()) {
        out.append(',');
      }
    }
    out.append(']');
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            out.append("\\u00")
                .append(Character.forDigit(c >> 4, 16))
                .append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
