package dev.weft.flows.receiver;

import java.util.Map;
import java.util.TreeMap;

/** Writes JSON (RFC 8259). Flows are no place for a JSON library: the node process carries none. */
final class Json {

  private Json() {}

  static void string(String text, StringBuilder to) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        default -> {
          if (isPrintable(c)) {
            to.append(c);
          } else {
            to.append(String.format("\\u%04x", (int) c));
          }
        }
      }
    }
    to.append('"');
  }

  static void object(Map<String, String> map, StringBuilder to) {
    to.append('{');
    String comma = "";
    for (Map.Entry<String, String> entry : new TreeMap<>(map).entrySet()) {
      to.append(comma);
      string(entry.getKey(), to);
      to.append(':');
      string(entry.getValue(), to);
      comma = ",";
    }
    to.append('}');
  }

  /** Text that cannot move a terminal's cursor. */
  static String printable(String text) {
    StringBuilder to = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPrintable(c)) {
        to.append(c);
      } else {
        to.append(String.format("\\u%04x", (int) c));
      }
    }
    return to.toString();
  }

  private static boolean isPrintable(char c) {
    return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !Character.isSurrogate(c);
  }
}
