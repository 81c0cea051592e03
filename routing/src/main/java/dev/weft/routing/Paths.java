package dev.weft.routing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Request targets as Weft compares and forwards them.
 *
 * <p>What a policy decides on must be what the backend sees, so a request is rewritten once at its
 * head, to the normal form of RFC 3986 §6.2.2: dot segments are removed ("%2e" counts as a dot),
 * escapes of unreserved characters are decoded, "\" is "/", a fragment is cut off. Kept as they
 * are: doubled slashes, "%2F" and "%5C" (they mean something else than "/"), letter case. A target
 * that climbs above the root, has a broken escape, an escaped NUL or a control character is
 * refused.
 */
public final class Paths {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private Paths() {}

  /**
   * Normalises an origin-form target ("/path?query") or "*".
   *
   * @return the argument itself when it is normal already; {@code null} when it must be refused
   *     with 400
   */
  public static @Nullable String normalise(String target) {
    if (target.isEmpty() || target.charAt(0) != '/') {
      return target.equals("*") ? target : null;
    }
    int length = target.length();
    boolean normal = true;
    int i = 0;
    for (; i < length; i++) {
      char c = target.charAt(i);
      if (c == '?') {
        break;
      }
      if (c <= ' ' || c == 127) {
        return null;
      }
      normal &= c != '%' && c != '\\' && c != '#' && !(c == '.' && target.charAt(i - 1) == '/');
    }
    if (!validQuery(target, i)) {
      return null;
    }
    if (normal && target.indexOf('#', i) < 0) {
      return target;
    }
    return rewrite(target, i);
  }

  /**
   * A path that a user wrote, as it can stand in a request: what RFC 3986 §2 does not allow there
   * is escaped as UTF-8. Escapes stay as they are.
   */
  static String encoded(String path) {
    if (path.chars().allMatch(c -> c > ' ' && c < 127 && c != '#')) {
      return path;
    }
    StringBuilder out = new StringBuilder(path.length() + 8);
    for (byte b : path.getBytes(UTF_8)) {
      if (b > ' ' && b < 127 && b != '#') {
        out.append((char) b);
      } else {
        out.append('%').append(HEX.toHighHexDigit(b)).append(HEX.toLowHexDigit(b));
      }
    }
    return out.toString();
  }

  /** The index of the "?" of a normalised target, or its length. */
  public static int pathLength(String pathAndQuery) {
    int query = pathAndQuery.indexOf('?');
    return query < 0 ? pathAndQuery.length() : query;
  }

  /** The path with each run of slashes as one; {@code null} when there is none. */
  static @Nullable String mergedSlashes(RequestFacts facts) {
    String target = facts.pathAndQuery();
    int end = facts.pathLength();
    int first = target.indexOf("//");
    if (first < 0 || first >= end - 1) {
      return null;
    }
    StringBuilder merged = new StringBuilder(end);
    for (int i = 0; i < end; i++) {
      char c = target.charAt(i);
      if (c != '/' || i == 0 || target.charAt(i - 1) != '/') {
        merged.append(c);
      }
    }
    return merged.toString();
  }

  private static boolean validQuery(String target, int from) {
    for (int i = from; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c == 127) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable String rewrite(String target, int queryStart) {
    int fragment = target.indexOf('#');
    int pathEnd = fragment >= 0 && fragment < queryStart ? fragment : queryStart;
    StringBuilder decoded = new StringBuilder(target.length());
    if (!decode(target, pathEnd, decoded)) {
      return null;
    }
    StringBuilder out = new StringBuilder(target.length());
    if (!removeDotSegments(decoded, out)) {
      return null;
    }
    if (pathEnd == queryStart) {
      out.append(target, queryStart, fragment < 0 ? target.length() : fragment);
    }
    return out.toString();
  }

  private static boolean decode(String target, int end, StringBuilder out) {
    for (int i = 0; i < end; i++) {
      char c = target.charAt(i);
      if (c == '\\') {
        out.append('/');
      } else if (c != '%') {
        out.append(c);
      } else {
        int value = escape(target, i, end);
        if (value <= 0) {
          return false;
        }
        if (unreserved(value)) {
          out.append((char) value);
        } else {
          out.append('%').append(upper(target.charAt(i + 1))).append(upper(target.charAt(i + 2)));
        }
        i += 2;
      }
    }
    return true;
  }

  /** The value of "%xx" at an index; -1 when broken. */
  static int escape(String text, int at, int end) {
    if (at + 2 >= end) {
      return -1;
    }
    int high = Character.digit(text.charAt(at + 1), 16);
    int low = Character.digit(text.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : (high << 4) | low;
  }

  private static boolean unreserved(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }

  private static char upper(char hexDigit) {
    return hexDigit >= 'a' ? (char) (hexDigit - 32) : hexDigit;
  }

  /** RFC 3986 §5.2.4; false when ".." climbs above the root. */
  private static boolean removeDotSegments(CharSequence path, StringBuilder out) {
    int length = path.length();
    int from = 1;
    while (from <= length) {
      int to = from;
      while (to < length && path.charAt(to) != '/') {
        to++;
      }
      boolean dot = to - from == 1 && path.charAt(from) == '.';
      boolean dots = to - from == 2 && path.charAt(from) == '.' && path.charAt(from + 1) == '.';
      if (dots) {
        int parent = out.lastIndexOf("/");
        if (parent < 0) {
          return false;
        }
        out.setLength(parent);
      }
      if (!dot && !dots) {
        out.append('/').append(path, from, to);
      } else if (to == length) {
        out.append('/');
      }
      from = to + 1;
    }
    return true;
  }
}
