package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An answer that came by HTTP/2.
 *
 * @param status parsed once
 */
record H2Response(Http2Headers fields, int status) implements ResponseHead {

  @Override
  public Set<String> names() {
    return Translate.names(fields);
  }

  @Override
  public @Nullable String get(CharSequence name) {
    CharSequence value = fields.get(name);
    return value == null ? null : value.toString();
  }

  @Override
  public List<String> all(CharSequence name) {
    List<String> out = new ArrayList<>(1);
    fields.valueIterator(name).forEachRemaining(value -> out.add(value.toString()));
    return out;
  }

  @Override
  public void set(CharSequence name, CharSequence value) {
    fields.set(name, value);
  }

  @Override
  public void add(CharSequence name, CharSequence value) {
    fields.add(name, value);
  }

  @Override
  public void remove(CharSequence name) {
    fields.remove(name);
  }

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
