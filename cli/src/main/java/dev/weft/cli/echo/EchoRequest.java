package dev.weft.cli.echo;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request as the workload saw it.
 *
 * @param protocol "HTTP/1.1" or "HTTP/2"
 * @param target path and query as sent
 * @param headers names in lower case, in order; several values of a name in order
 * @param client address and port of the peer
 * @param bodyBytes length of the body
 */
record EchoRequest(
    String protocol,
    String method,
    String target,
    Map<String, List<String>> headers,
    Peer client,
    int bodyBytes) {

  /**
   * Who connected.
   *
   * @param tlsServerName SNI the client sent; null without TLS or SNI
   */
  record Peer(String address, boolean tls, @Nullable String tlsServerName) {}

  EchoRequest {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  /** First value of a header, or null. */
  @Nullable String header(String name) {
    List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
    return values == null || values.isEmpty() ? null : values.getFirst();
  }

  /** Path without the query. */
  String path() {
    int mark = target.indexOf('?');
    return mark < 0 ? target : target.substring(0, mark);
  }

  /** Value of a query parameter, or null. Undecodable ones count as absent. */
  @Nullable String query(String name) {
    int mark = target.indexOf('?');
    if (mark < 0) {
      return null;
    }
    for (String pair : target.substring(mark + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && pair.substring(0, equals).equals(name)) {
        try {
          return URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
          return null;
        }
      }
    }
    return null;
  }

  /** The host a URL names, with its port: what goes into the {@code host} header. */
  static String authority(URI url) throws URISyntaxException {
    String authority = url.getRawAuthority();
    if (authority == null) {
      throw new URISyntaxException(url.toString(), "a URL to forward to needs a host");
    }
    return authority;
  }
}
