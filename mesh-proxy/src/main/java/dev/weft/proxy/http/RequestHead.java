package dev.weft.proxy.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * A well-formed request's head without hop-by-hop fields. It wraps what was decoded: a request that
 * leaves by the protocol it came by is never copied. Owned by its exchange; confined to its event
 * loop.
 */
public sealed interface RequestHead extends Head permits H1Request, H2Request {

  /** The method, in the case it was sent in. */
  String method();

  /** Host and port as sent; empty if HTTP/1.0 sent none. */
  String authority();

  /** Path and query, or {@code *}. */
  String target();

  /** Whether it came by HTTP/2. */
  boolean http2Origin();

  /**
   * A request that the proxy makes itself.
   *
   * @param method a token (RFC 9110 §9.1)
   * @param target path and query
   */
  static RequestHead of(String method, String authority, String target) {
    DefaultHttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target);
    request.headers().set(Names.HOST, authority);
    return new H1Request(request, authority, false);
  }

  /** Replaces the authority. */
  void authority(String authority);

  /** Replaces path and query. */
  void target(String target);

  /** Whether the client asks to leave HTTP (RFC 9110 §7.8); never for HTTP/2. */
  boolean upgrade();

  /**
   * The head for HTTP/1.1.
   *
   * @param end whether there is no body
   */
  HttpRequest http1(boolean end);

  /**
   * The head for HTTP/2.
   *
   * @param scheme {@code http} or {@code https}, if the head does not know it
   */
  Http2Headers http2(String scheme);

  /** A head that can be changed without changing this one. */
  RequestHead copy();

  /** Whether it is a gRPC call: content type {@code application/grpc}, with or without a suffix. */
  default boolean grpc() {
    String type = get(Names.CONTENT_TYPE);
    return type != null
        && type.startsWith("application/grpc")
        && (type.length() == 16 || type.charAt(16) == '+' || type.charAt(16) == ';');
  }
}
