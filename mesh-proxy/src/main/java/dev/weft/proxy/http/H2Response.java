package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * An answer that came by HTTP/2.
 *
 * @param status parsed once
 */
record H2Response(Http2Headers fields, int status) implements ResponseHead, H2Fields {

  @Override
  public HttpResponse http1() {
    return new DefaultHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Translate.toHttp1(fields));
  }

  @Override
  public Http2Headers http2() {
    return fields;
  }
}
