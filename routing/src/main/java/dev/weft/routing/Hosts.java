package dev.weft.routing;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Hostnames as Weft compares them: lower case, no port, no final dot. */
public final class Hosts {
  /** RFC 1035 §2.3.4; longer names are refused so that matching work stays bounded. */
  private static final int MAX_LENGTH = 255;

  private Hosts() {}

  /**
   * The host of an authority ("host", "host:port", "[v6]:port").
   *
   * @return the argument itself when nothing had to be changed; {@code null} when it is no
   *     authority: answer 400 (RFC 9112 §3.2)
   */
  public static @Nullable String host(String authority) {
    int end = hostEnd(authority);
    if (end < 0) {
      return null;
    }
    if (end > 1 && authority.charAt(end - 1) == '.') {
      end--;
    }
    boolean lower = true;
    for (int i = 0; i < end; i++) {
      char c = authority.charAt(i);
      if (c <= ' ' || c >= 127 || forbidden(c)) {
        return null;
      }
      lower &= c < 'A' || c > 'Z';
    }
    String host = end == authority.length() ? authority : authority.substring(0, end);
    return lower ? host : host.toLowerCase(Locale.ROOT);
  }

  private static boolean forbidden(char c) {
    return switch (c) {
      case '/', '?', '#', '@', '\\', ',', '"', '<', '>', '^', '`', '{', '|', '}' -> true;
      default -> false;
    };
  }

  private static int hostEnd(String authority) {
    if (authority.isEmpty()) {
      return -1;
    }
    int end;
    if (authority.charAt(0) == '[') {
      end = authority.indexOf(']') + 1;
      if (end == 0 || (end < authority.length() && authority.charAt(end) != ':')) {
        return -1;
      }
    } else {
      int colon = authority.indexOf(':');
      end = colon < 0 ? authority.length() : colon;
    }
    return end > 0 && end <= MAX_LENGTH && isPort(authority, end + 1) ? end : -1;
  }

  private static boolean isPort(String authority, int from) {
    if (authority.length() - from > 5) {
      return false;
    }
    for (int i = from; i < authority.length(); i++) {
      char c = authority.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
    }
    return true;
  }

  /**
   * A hostname of the configuration in the form {@link #host} gives; "*" becomes "" (every host).
   */
  static String pattern(String hostname) {
    String name = hostname.toLowerCase(Locale.ROOT);
    if (name.length() > 1 && name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    return name.equals("*") ? "" : name;
  }
}
