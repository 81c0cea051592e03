package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

/** A request that came by HTTP/1. */
final class H1Request implements RequestHead, H1Fields {
  private final HttpRequest request;
  private final boolean upgrade;
  private String authority;

  H1Request(HttpRequest request, String authority, boolean upgrade) {
    this.request = request;
    this.authority = authority;
    this.upgrade = upgrade;
  }

  @Override
  public HttpHeaders headers() {
    return request.headers();
  }

  @Override
  public String method() {
    return request.method().name();
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public String target() {
    return request.uri();
  }

  @Override
  public boolean http2Origin() {
    return false;
  }

  @Override
  public void authority(String value) {
    authority = value;
    request.headers().set(Names.HOST, value);
  }

  @Override
  public void target(String value) {
    request.setUri(value);
  }

  @Override
  public boolean upgrade() {
    return upgrade;
  }

  @Override
  public RequestHead copy() {
    HttpRequest copy =
        new DefaultHttpRequest(
            request.protocolVersion(), request.method(), request.uri(), request.headers().copy());
    return new H1Request(copy, authority, upgrade);
  }

  @Override
  public HttpRequest http1(boolean end) {
    return request;
  }

  @Override
  public Http2Headers http2(String scheme) {
    Http2Headers out = Translate.toHttp2(request.headers());
    out.method(request.method().asciiName());
    out.scheme(scheme);
    out.authority(authority);
    out.path(AsciiString.of(request.uri()));
    return out;
  }
}
