package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an HTTP/2 connection takes for a request, beyond what the codec checks. */
class H2RulesTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "authority alone, http, web, '', '', 0",
    "the same host, http, web, web, '', 0",
    "host alone, https, '', web, '', 0",
    "two hosts, http, '', web, evil, 400",
    "the same host twice, http, '', web, web, 400",
    "authority and two hosts, http, web, web, evil, 400",
    "another host, http, web, evil, '', 400",
    "no host, http, '', '', '', 400",
    "broken escape, http, w%zz, '', '', 400",
    "a URI for a scheme, http://evil/x, web, '', '', -1",
    "another scheme, ftp, web, '', '', -1",
    "scheme in capitals, HTTPS, web, '', '', 0",
  })
  void checks(
      String name, String scheme, String authority, String host, String second, int expected) {
    Http2Headers fields = new DefaultHttp2Headers();
    fields.method("GET").scheme(scheme).path("/");
    if (!authority.isEmpty()) {
      fields.authority(authority);
    }
    if (!host.isEmpty()) {
      fields.add("host", host);
    }
    if (!second.isEmpty()) {
      fields.add("host", second);
    }
    assertThat(H2Rules.check(fields)).as(name).isEqualTo(expected);
  }

  /** What is no token would break the request line of an HTTP/1.1 server. */
  @ParameterizedTest
  @CsvSource({"GET, 0", "PURGE, 0", "CONNECT, 405", "'G T', -1", "'GET /evil HTTP/1.1\r\nx:', -1"})
  void methods(String method, int expected) {
    Http2Headers fields = new DefaultHttp2Headers(false);
    fields.method(method).scheme("http").path("/").authority("web");
    assertThat(H2Rules.check(fields)).isEqualTo(expected);
  }

  @Test
  void cleansTrailers() {
    Http2Headers trailers = new DefaultHttp2Headers();
    trailers.add("host", "evil").add("authorization", "a").add("grpc-status", "0");
    H2Rules.cleanTrailers(trailers);
    assertThat(trailers.names()).hasToString("[grpc-status]");
  }
}
