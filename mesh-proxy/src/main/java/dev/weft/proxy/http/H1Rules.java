package dev.weft.proxy.http;

import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What RFC 9112 asks of a server and RFC 9110 §7.6 of a proxy, beyond what the decoder checks.
 * Pure, but for {@link #strip}, which changes the fields it is given.
 */
final class H1Rules {
  private static final String TRAILERS = "trailers";
  private static final String WEBSOCKET = "websocket";
  private static final int MAX_AUTHORITY = 255 + 6;

  private static final boolean[] IN_AUTHORITY = new boolean[128];

  static {
    for (char c = 0; c < IN_AUTHORITY.length; c++) {
      IN_AUTHORITY[c] = Character.isLetterOrDigit(c) || "-._~:[]!$&'()*+,;=%".indexOf(c) >= 0;
    }
  }

  private H1Rules() {}

  /** The status that answers a head or body which the decoder refused. */
  static int refusal(@Nullable Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException line -> 414;
      case TooLongFrameException head -> 431;
      case null, default -> 400;
    };
  }

  /**
   * Checks a decoded request.
   *
   * @return 0, or the status to refuse it with
   */
  static int check(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    if (version.majorVersion() != 1) {
      return 505;
    }
    HttpHeaders fields = request.headers();
    int coding = fields.contains(Names.TRANSFER_ENCODING) ? codingStatus(fields) : 0;
    return coding == 0 ? hostStatus(request, version) : coding;
  }

  private static int codingStatus(HttpHeaders fields) {
    List<String> codings = fields.getAll(Names.TRANSFER_ENCODING);
    boolean one = codings.size() == 1;
    if (one && "chunked".equalsIgnoreCase(codings.getFirst())) {
      return 0;
    }
    // RFC 9112 §6.1: a coding that is not understood; anything before chunked would be forwarded
    // unread.
    return one && !codings.getFirst().contains(",") ? 501 : 400;
  }

  private static int hostStatus(HttpRequest request, HttpVersion version) {
    Iterator<String> hosts = request.headers().valueStringIterator(Names.HOST);
    // HTTP/1.0 needs none (RFC 9112 §3.2), but what it asks for leaves as HTTP/1.1, which does.
    if (!hosts.hasNext() && (version.minorVersion() > 0 || absolute(request.uri()) == null)) {
      return 400;
    }
    if (hosts.hasNext() && (!authorityOk(hosts.next()) || hosts.hasNext())) {
      return 400;
    }
    return targetStatus(request);
  }

  private static int targetStatus(HttpRequest request) {
    String target = request.uri();
    String method = request.method().name();
    if (method.equals("CONNECT")) {
      return 405;
    }
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        return 400;
      }
    }
    boolean origin = target.startsWith("/");
    boolean asterisk = target.equals("*") && method.equals("OPTIONS");
    return origin || asterisk || absolute(target) != null ? 0 : 400;
  }

  /**
   * Whether text may stand in a Host field (RFC 3986 §3.2.2, a host and a port; no user
   * information).
   */
  static boolean authorityOk(String text) {
    if (text.length() > MAX_AUTHORITY) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= IN_AUTHORITY.length || !IN_AUTHORITY[c]) {
        return false;
      }
      if (c == '%' && !escape(text, i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean escape(String text, int at) {
    return at + 2 < text.length()
        && Character.digit(text.charAt(at + 1), 16) >= 0
        && Character.digit(text.charAt(at + 2), 16) >= 0;
  }

  /**
   * Authority and origin form of an absolute target (RFC 9112 §3.2.2); {@code null} if it is none.
   */
  static @Nullable Absolute absolute(String target) {
    int at = target.indexOf("://");
    if (at < 4 || at > 5) {
      return null;
    }
    String scheme = target.substring(0, at).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return null;
    }
    int end = at + 3;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    String authority = target.substring(at + 3, end);
    String rest = target.substring(end);
    return authority.isEmpty() || !authorityOk(authority)
        ? null
        : new Absolute(authority, rest.startsWith("/") ? rest : "/" + rest);
  }

  /** The parts of an absolute target. */
  record Absolute(String authority, String origin) {}

  /**
   * Whether a request asks for, or an answer grants, the one upgrade that is passed on: WebSocket
   * (RFC 6455 §4). Any other would carry requests past the policies, above all h2c, which RFC 9113
   * §3.1 has dropped; a proxy may ignore it (RFC 9110 §7.8).
   */
  static boolean upgrade(HttpHeaders fields) {
    String to = fields.get(Names.UPGRADE);
    return to != null
        && WEBSOCKET.equalsIgnoreCase(to)
        && fields.getAll(Names.UPGRADE).size() == 1
        && fields.containsValue(Names.CONNECTION, Names.UPGRADE, true);
  }

  /**
   * Removes the fields that belong to this connection alone (RFC 9110 §7.6.1). Transfer-Encoding
   * stays: it is how the body is framed on the other side as well.
   */
  static void strip(HttpHeaders fields, boolean keepUpgrade) {
    if (fields.contains(Names.CONNECTION)) {
      for (String value : fields.getAll(Names.CONNECTION)) {
        removeNamed(fields, value, keepUpgrade);
      }
      fields.remove(Names.CONNECTION);
      fields.remove(Names.KEEP_ALIVE);
      fields.remove(Names.HTTP2_SETTINGS);
    }
    fields.remove(Names.PROXY_CONNECTION);
    if (fields.contains(Names.TE) && !fields.containsValue(Names.TE, TRAILERS, true)) {
      fields.remove(Names.TE);
    } else if (fields.contains(Names.TE)) {
      fields.set(Names.TE, TRAILERS);
    }
    if (keepUpgrade) {
      fields.set(Names.CONNECTION, Names.UPGRADE);
    } else if (fields.contains(Names.UPGRADE)) {
      fields.remove(Names.UPGRADE);
      fields.remove(Names.HTTP2_SETTINGS);
    }
  }

  private static void removeNamed(HttpHeaders fields, String connection, boolean keepUpgrade) {
    if (Names.KEEP_ALIVE.contentEqualsIgnoreCase(connection)) {
      return; // what nearly all say, and the field of that name is removed anyway
    }
    for (String token : connection.split(",", -1)) {
      String name = token.strip().toLowerCase(Locale.ROOT);
      boolean framing =
          AsciiString.contentEquals(name, Names.TRANSFER_ENCODING)
              || AsciiString.contentEquals(name, Names.CONTENT_LENGTH)
              || AsciiString.contentEquals(name, Names.HOST)
              || AsciiString.contentEquals(name, Names.TE)
              || (keepUpgrade && AsciiString.contentEquals(name, Names.UPGRADE));
      if (!name.isEmpty() && !framing) {
        fields.remove(name);
      }
    }
  }

  /**
   * Removes what may not stand behind a body (RFC 9110 §6.5.1): a receiver that merges trailers
   * into the head would take it for framing, routing, credentials or a word about the connection.
   */
  static void cleanTrailers(HttpHeaders trailers) {
    for (String connection : trailers.getAll(Names.CONNECTION)) {
      removeNamed(trailers, connection, false);
    }
    for (AsciiString name : Names.NEVER_TRAILERS) {
      trailers.remove(name);
    }
  }

  /** Whether the connection may be used again after this message (RFC 9112 §9.3). */
  static boolean keepAlive(HttpHeaders fields, boolean http10) {
    return http10
        ? fields.containsValue(Names.CONNECTION, Names.KEEP_ALIVE, true)
        : !fields.containsValue(Names.CONNECTION, "close", true);
  }

  /** Whether a message without a transfer coding has no body. */
  static boolean lengthIsZero(HttpHeaders fields) {
    String length = fields.get(Names.CONTENT_LENGTH);
    return length == null || length.equals("0");
  }

  /**
   * A checked request as the rest of the proxy knows it: origin form, one Host, no hop-by-hop
   * fields.
   */
  static RequestHead normalise(HttpRequest request, boolean upgrade) {
    HttpHeaders fields = request.headers();
    strip(fields, upgrade);
    String host = fields.get(Names.HOST);
    if (!request.uri().startsWith("/")) {
      Absolute absolute = absolute(request.uri());
      if (absolute != null) {
        request.setUri(absolute.origin());
        fields.set(Names.HOST, absolute.authority());
        host = absolute.authority();
      }
    }
    request.setProtocolVersion(HttpVersion.HTTP_1_1);
    return new H1Request(request, host == null ? "" : host, upgrade);
  }

  /** Whether an answer ends with its head, whatever its fields say (RFC 9112 §6.3). */
  static boolean bodiless(int status) {
    return status < 200 || status == 204 || status == 205 || status == 304;
  }

  /** Removes the fields that say where a body ends. */
  static void unframe(HttpHeaders fields) {
    fields.remove(Names.CONTENT_LENGTH);
    fields.remove(Names.TRANSFER_ENCODING);
  }

  /**
   * Sets the fields that say where an answer ends (RFC 9112 §6.3).
   *
   * @param end whether it has no body
   * @return whether the connection may be used again
   */
  static boolean frame(HttpResponse response, boolean end, boolean http10, boolean keepAlive) {
    HttpHeaders fields = response.headers();
    response.setProtocolVersion(HttpVersion.HTTP_1_1);
    int status = response.status().code();
    if (bodiless(status) && status != 304) {
      unframe(fields); // RFC 9110 §8.6, RFC 9112 §6.1
    }
    if (status == 101) {
      return keepAlive; // RFC 9110 §15.2.2: the connection belongs to another protocol from here on
    }
    boolean persistent = keepAlive;
    boolean lengthKnown = fields.contains(Names.CONTENT_LENGTH);
    if (bodiless(status)) {
      if (status == 205) {
        fields.set(Names.CONTENT_LENGTH, "0"); // RFC 9110 §15.3.6
      }
    } else if (end) {
      if (!lengthKnown && !fields.contains(Names.TRANSFER_ENCODING)) {
        fields.set(Names.CONTENT_LENGTH, "0");
      }
    } else if (!lengthKnown && http10) {
      fields.remove(Names.TRANSFER_ENCODING); // the end of the connection ends the body
      persistent = false;
    } else if (!lengthKnown) {
      fields.set(Names.TRANSFER_ENCODING, "chunked");
    }
    if (!persistent) {
      fields.set(Names.CONNECTION, "close");
    } else if (http10) {
      fields.set(Names.CONNECTION, Names.KEEP_ALIVE);
    }
    return persistent;
  }
}
