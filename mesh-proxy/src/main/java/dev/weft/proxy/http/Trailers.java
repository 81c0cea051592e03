package dev.weft.proxy.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** Fields after a body (RFC 9110 §6.5). */
public sealed interface Trailers {

  /** The first value of a field. */
  @Nullable String get(CharSequence name);

  /** The fields for a chunked HTTP/1.1 body. */
  HttpHeaders http1();

  /** The fields for HTTP/2. */
  Http2Headers http2();

  /** Trailers that came by HTTP/1.1. */
  record H1(HttpHeaders http1) implements Trailers {
    @Override
    public @Nullable String get(CharSequence name) {
      return http1.get(name);
    }

    @Override
    public Http2Headers http2() {
      return Translate.toHttp2(http1);
    }
  }

  /** Trailers that came by HTTP/2. */
  record H2(Http2Headers http2) implements Trailers {
    @Override
    public @Nullable String get(CharSequence name) {
      CharSequence value = http2.get(name);
      return value == null ? null : value.toString();
    }

    @Override
    public HttpHeaders http1() {
      return Translate.toHttp1(http2);
    }
  }
}
