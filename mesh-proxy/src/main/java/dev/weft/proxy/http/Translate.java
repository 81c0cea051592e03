package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Fields from one protocol version to the other (RFC 9113 §8.2). */
final class Translate {
  private static final String GRPC_TRAILERS = "trailers";

  private Translate() {}

  /** Names in lower case. */
  static Set<String> names(HttpHeaders fields) {
    Set<String> out = new LinkedHashSet<>();
    for (String name : fields.names()) {
      out.add(name.toLowerCase(Locale.ROOT));
    }
    return out;
  }

  /** Names without those of pseudo-header fields. */
  static Set<String> names(Http2Headers fields) {
    Set<String> out = new LinkedHashSet<>();
    for (CharSequence name : fields.names()) {
      if (!name.isEmpty() && name.charAt(0) != ':') {
        out.add(name.toString());
      }
    }
    return out;
  }

  /** Fields in lower case; those that only mean something to HTTP/1.1 connections are left out. */
  static Http2Headers toHttp2(HttpHeaders fields) {
    Http2Headers out = new DefaultHttp2Headers(false, fields.size() + 6);
    for (Iterator<Map.Entry<CharSequence, CharSequence>> it = fields.iteratorCharSequence();
        it.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> field = it.next();
      AsciiString name = AsciiString.of(field.getKey()).toLowerCase();
      if (!connectionSpecific(name, field.getValue())) {
        out.add(name, AsciiString.of(field.getValue()));
      }
    }
    return out;
  }

  /** Fields without pseudo-header fields; several cookie fields become one (RFC 9113 §8.2.3). */
  static HttpHeaders toHttp1(Http2Headers fields) {
    HttpHeaders out = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    StringBuilder cookies = null;
    for (Map.Entry<CharSequence, CharSequence> field : fields) {
      CharSequence name = field.getKey();
      if (name.length() > 0 && name.charAt(0) == ':') {
        continue;
      }
      if (Names.COOKIE.contentEquals(name)) {
        cookies = cookies == null ? new StringBuilder() : cookies.append("; ");
        cookies.append(field.getValue());
      } else {
        out.add(name, field.getValue());
      }
    }
    if (cookies != null) {
      out.set(Names.COOKIE, cookies.toString());
    }
    return out;
  }

  private static boolean connectionSpecific(AsciiString name, CharSequence value) {
    return switch (name.length()) {
      case 2 -> name.contentEquals(Names.TE) && !GRPC_TRAILERS.contentEquals(value);
      case 4 -> name.contentEquals(Names.HOST);
      case 7 -> name.contentEquals(Names.UPGRADE);
      case 10 -> name.contentEquals(Names.CONNECTION) || name.contentEquals(Names.KEEP_ALIVE);
      case 14 -> name.contentEquals(Names.HTTP2_SETTINGS);
      case 16 -> name.contentEquals(Names.PROXY_CONNECTION);
      case 17 -> name.contentEquals(Names.TRANSFER_ENCODING);
      default -> false;
    };
  }
}
