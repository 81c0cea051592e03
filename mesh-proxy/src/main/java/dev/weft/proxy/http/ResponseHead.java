package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Headers;

/** An answer's head without hop-by-hop fields; see {@link RequestHead}. */
public sealed interface ResponseHead extends Head permits H1Response, H2Response {

  /** An answer that the proxy makes itself. */
  static ResponseHead of(int status) {
    return new H1Response(
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status)));
  }

  /** The status code. */
  int status();

  /** The head for HTTP/1.1, without framing fields if it came by HTTP/2 without a length. */
  HttpResponse http1();

  /** The head for HTTP/2. */
  Http2Headers http2();
}
