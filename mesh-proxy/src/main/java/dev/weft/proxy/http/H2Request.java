package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;

/** A request that came by HTTP/2. */
final class H2Request implements RequestHead, H2Fields {
  private static final String CHUNKED = "chunked";

  private final Http2Headers fields;
  private final String method;
  private String authority;
  private String target;

  /** Pseudo-header fields have been checked. */
  H2Request(Http2Headers fields) {
    this.fields = fields;
    this.method = fields.method().toString();
    this.target = fields.path().toString();
    CharSequence given = fields.authority();
    CharSequence host = given == null ? fields.get(Names.HOST) : null;
    this.authority = given != null ? given.toString() : host == null ? "" : host.toString();
  }

  @Override
  public Http2Headers fields() {
    return fields;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public boolean http2Origin() {
    return true;
  }

  @Override
  public void authority(String value) {
    authority = value;
    fields.authority(value);
    fields.remove(Names.HOST);
  }

  @Override
  public void target(String value) {
    target = value;
    fields.path(value);
  }

  @Override
  public boolean upgrade() {
    return false;
  }

  @Override
  public RequestHead copy() {
    Http2Headers copy = new DefaultHttp2Headers(false, fields.size());
    copy.setAll(fields);
    return new H2Request(copy);
  }

  @Override
  public HttpRequest http1(boolean end) {
    HttpHeaders headers = Translate.toHttp1(fields);
    headers.set(Names.HOST, authority);
    if (!end && !headers.contains(Names.CONTENT_LENGTH)) {
      headers.set(Names.TRANSFER_ENCODING, CHUNKED);
    }
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target, headers);
  }

  @Override
  public Http2Headers http2(String scheme) {
    return fields;
  }
}
