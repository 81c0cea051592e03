package dev.weft.proxy.http;

import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What RFC 9113 §8.3 asks of a request beyond what the decoder checks (names in lower case,
 * pseudo-header fields first and complete, no connection-specific fields). Pure.
 */
final class H2Rules {
  private H2Rules() {}

  /**
   * Checks a request's head.
   *
   * @return 0; a status to refuse the request with; -1 for a malformed request, which is a stream
   *     error
   */
  static int check(Http2Headers fields) {
    CharSequence method = fields.method();
    CharSequence path = fields.path();
    if (method == null || HttpHeaderValidationUtil.validateToken(method) >= 0) {
      return -1;
    }
    if (AsciiString.contentEquals("CONNECT", method)) {
      return 405;
    }
    if (path == null || !schemeOk(fields.scheme()) || !pathOk(method, path)) {
      return -1;
    }
    CharSequence authority = fields.authority();
    CharSequence host = fields.get(Names.HOST);
    if (authority == null && host == null) {
      return 400;
    }
    if (host != null && several(fields.valueIterator(Names.HOST))) {
      return 400; // one would be routed by, and the other one believed
    }
    if (authority != null
        && host != null
        && !AsciiString.contentEqualsIgnoreCase(authority, host)) {
      return 400;
    }
    return authorityOk(authority) && authorityOk(host) ? 0 : 400;
  }

  private static boolean several(Iterator<CharSequence> values) {
    values.next();
    return values.hasNext();
  }

  /** Others are for CONNECT-like proxies; a server may build a URL from it. */
  private static boolean schemeOk(@Nullable CharSequence scheme) {
    return scheme != null
        && (AsciiString.contentEqualsIgnoreCase("http", scheme)
            || AsciiString.contentEqualsIgnoreCase("https", scheme));
  }

  private static boolean authorityOk(@Nullable CharSequence authority) {
    return authority == null
        || (authority.length() > 0 && H1Rules.authorityOk(authority.toString()));
  }

  private static boolean pathOk(CharSequence method, CharSequence path) {
    if (path.length() == 0) {
      return false;
    }
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        return false;
      }
    }
    return path.charAt(0) == '/'
        || (path.length() == 1
            && path.charAt(0) == '*'
            && AsciiString.contentEquals("OPTIONS", method));
  }

  /** What {@link H1Rules#cleanTrailers} does; connection-specific fields are refused already. */
  static void cleanTrailers(Http2Headers trailers) {
    for (AsciiString name : Names.NEVER_TRAILERS) {
      trailers.remove(name);
    }
  }

  /** Leaves one name for the authority. */
  static void strip(Http2Headers fields) {
    if (fields.authority() != null) {
      fields.remove(Names.HOST);
    }
  }
}
