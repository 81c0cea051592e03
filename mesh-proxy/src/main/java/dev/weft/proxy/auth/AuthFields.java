package dev.weft.proxy.auth;

import dev.weft.routing.HeaderEdits;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which header fields an external authorization may write. It is another program, and what it says
 * ends up in somebody's head: nothing may break a line, say where a message ends, or choose another
 * host than the one that was routed by. Pure.
 */
public final class AuthFields {
  /** Beside what frames a message or belongs to one connection. */
  private static final Set<String> OF_PROXY = Set.of("expect", "host");

  /** What describes the body beside it, and so cannot go to another message. */
  private static final Set<String> OF_BODY =
      Set.of("content-encoding", "content-language", "content-range", "content-type");

  private static final String TOKEN = "!#$%&'*+-.^_`|~";

  private AuthFields() {}

  /** Whether a well-formed name is one that only the proxy writes. */
  static boolean reserved(String name) {
    return name.startsWith(":") || OF_PROXY.contains(name) || HeaderEdits.isOfConnection(name);
  }

  /** Whether a field says something about its own message's body alone. */
  public static boolean ofBody(String name) {
    return OF_BODY.contains(name);
  }

  /** The name in lower case; {@code null} if it is no token (RFC 9110 §5.1). */
  static @Nullable String name(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    int from = lower.startsWith(":") ? 1 : 0;
    for (int i = from; i < lower.length(); i++) {
      char c = lower.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!letter && TOKEN.indexOf(c) < 0) {
        return null;
      }
    }
    return lower.length() == from ? null : lower;
  }

  /**
   * The value as it goes on the wire, one character a byte; {@code null} if it holds a control
   * character (RFC 9110 §5.5).
   */
  static @Nullable String value(String text) {
    String value = text.strip();
    boolean ascii = true;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        return null;
      }
      ascii &= c < 0x80;
    }
    return ascii
        ? value
        : new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
