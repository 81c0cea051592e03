package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request that came by HTTP/1. */
final class H1Request implements RequestHead {
  private final HttpRequest request;
  private final boolean upgrade;
  private String authority;

  H1Request(HttpRequest request, String authority, boolean upgrade) {
    this.request = request;
    this.authority = authority;
    this.upgrade = upgrade;
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
  public Set<String> names() {
    return Translate.names(request.headers());
  }

  @Override
  public @Nullable String get(CharSequence name) {
    return request.headers().get(name);
  }

  @Override
  public List<String> all(CharSequence name) {
    return request.headers().getAll(name);
  }

  @Override
  public void set(CharSequence name, CharSequence value) {
    request.headers().set(name, value);
  }

  @Override
  public void add(CharSequence name, CharSequence value) {
    request.headers().add(name, value);
  }

  @Override
  public void remove(CharSequence name) {
    request.headers().remove(name);
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
