package dev.weft.routing;

import org.jspecify.annotations.Nullable;

/** Query parameters, read from the raw target on demand. */
final class Query {
  private Query() {}

  /**
   * The first value of a parameter, decoded (application/x-www-form-urlencoded); names and values
   * are case-sensitive. A broken escape stands for itself.
   *
   * @param from index behind the path
   */
  static @Nullable String value(String target, int from, String name) {
    int i = from + 1;
    while (i <= target.length()) {
      int end = target.indexOf('&', i);
      if (end < 0) {
        end = target.length();
      }
      int equals = target.indexOf('=', i);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (named(target, i, nameEnd, name)) {
        return decode(target, Math.min(nameEnd + 1, end), end);
      }
      i = end + 1;
    }
    return null;
  }

  private static boolean named(String target, int from, int to, String name) {
    if (to - from == name.length() && target.startsWith(name, from)) {
      return true;
    }
    return to - from > name.length() && decode(target, from, to).equals(name);
  }

  private static String decode(String text, int from, int to) {
    int i = from;
    while (i < to && text.charAt(i) != '%' && text.charAt(i) != '+') {
      i++;
    }
    if (i == to) {
      return text.substring(from, to);
    }
    byte[] bytes = new byte[(to - from) * 3];
    int length = 0;
    byte[] raw = text.substring(from, to).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    for (int at = 0; at < raw.length; at++) {
      int value = raw[at] == '%' ? escape(raw, at) : -1;
      if (value >= 0) {
        bytes[length++] = (byte) value;
        at += 2;
      } else {
        bytes[length++] = raw[at] == '+' ? (byte) ' ' : raw[at];
      }
    }
    return new String(bytes, 0, length, java.nio.charset.StandardCharsets.UTF_8);
  }

  private static int escape(byte[] raw, int at) {
    if (at + 2 >= raw.length) {
      return -1;
    }
    int high = Character.digit(raw[at + 1], 16);
    int low = Character.digit(raw[at + 2], 16);
    return high < 0 || low < 0 ? -1 : (high << 4) | low;
  }
}
