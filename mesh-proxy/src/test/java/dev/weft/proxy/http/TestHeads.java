package dev.weft.proxy.http;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Map;

/** Makes heads as they would come from a peer. */
public final class TestHeads {
  private TestHeads() {}

  public static RequestHead http2(String method, String authority, String path, String... headers) {
    Http2Headers fields = new DefaultHttp2Headers();
    fields.method(method).scheme("http").authority(authority).path(path);
    for (int i = 0; i < headers.length; i += 2) {
      fields.add(headers[i], headers[i + 1]);
    }
    return new H2Request(fields);
  }

  public static Trailers trailers(Map<String, String> fields) {
    Http2Headers out = new DefaultHttp2Headers();
    fields.forEach(out::add);
    return new Trailers.H2(out);
  }
}
