package dev.weft.proxy.http;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An answer that came by HTTP/1, or that the proxy made. */
record H1Response(HttpResponse response) implements ResponseHead {

  @Override
  public int status() {
    return response.status().code();
  }

  @Override
  public Set<String> names() {
    return Translate.names(response.headers());
  }

  @Override
  public @Nullable String get(CharSequence name) {
    return response.headers().get(name);
  }

  @Override
  public List<String> all(CharSequence name) {
    return response.headers().getAll(name);
  }

  @Override
  public void set(CharSequence name, CharSequence value) {
    response.headers().set(name, value);
  }

  @Override
  public void add(CharSequence name, CharSequence value) {
    response.headers().add(name, value);
  }

  @Override
  public void remove(CharSequence name) {
    response.headers().remove(name);
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
