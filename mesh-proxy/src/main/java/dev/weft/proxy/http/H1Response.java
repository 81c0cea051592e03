package dev.weft.proxy.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http2.Http2Headers;

/** An answer that came by HTTP/1, or that the proxy made. */
record H1Response(HttpResponse response) implements ResponseHead, H1Fields {

  @Override
  public HttpHeaders headers() {
    return response.headers();
  }

  @Override
  public int status() {
    return response.status().code();
  }

  @Override
  public HttpResponse http1() {
    return response;
  }

  @Override
  public Http2Headers http2() {
    Http2Headers out = Translate.toHttp2(response.headers());
    out.status(response.status().codeAsText());
    return out;
  }
}
