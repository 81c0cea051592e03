package dev.weft.proxy.http;

import io.netty.util.AsciiString;
import java.util.List;

/** Field names in lower case, as HTTP/2 wants them; hashed once. */
public final class Names {
  public static final AsciiString AUTHORITY = AsciiString.cached(":authority");
  public static final AsciiString AUTHORIZATION = AsciiString.cached("authorization");
  public static final AsciiString CONNECTION = AsciiString.cached("connection");
  public static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
  public static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
  public static final AsciiString COOKIE = AsciiString.cached("cookie");
  public static final AsciiString EXPECT = AsciiString.cached("expect");
  public static final AsciiString FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
  public static final AsciiString FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
  public static final AsciiString FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");
  public static final AsciiString GRPC_MESSAGE = AsciiString.cached("grpc-message");
  public static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
  public static final AsciiString HOST = AsciiString.cached("host");
  public static final AsciiString HTTP2_SETTINGS = AsciiString.cached("http2-settings");
  public static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
  public static final AsciiString LOCATION = AsciiString.cached("location");
  public static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
  public static final AsciiString PROXY_AUTHORIZATION = AsciiString.cached("proxy-authorization");
  public static final AsciiString REQUEST_ID = AsciiString.cached("x-request-id");
  public static final AsciiString TE = AsciiString.cached("te");
  public static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
  public static final AsciiString TRACESTATE = AsciiString.cached("tracestate");
  public static final AsciiString TRAILER = AsciiString.cached("trailer");
  public static final AsciiString TRANSFER_ENCODING = AsciiString.cached("transfer-encoding");
  public static final AsciiString UPGRADE = AsciiString.cached("upgrade");
  public static final AsciiString USER_AGENT = AsciiString.cached("user-agent");
  public static final AsciiString VIA = AsciiString.cached("via");
  public static final AsciiString WEFT_REASON = AsciiString.cached("x-weft-reason");

  /**
   * On a CONNECT between nodes: what the stream will carry, so that the server side can be traced
   * too.
   */
  public static final AsciiString WEFT_CONTENT = AsciiString.cached("x-weft-content");

  /** The only value of {@link #WEFT_CONTENT}. */
  public static final AsciiString HTTP = AsciiString.cached("http");

  /** What no receiver may find behind a body; see {@link H1Rules#cleanTrailers}. */
  static final List<AsciiString> NEVER_TRAILERS =
      List.of(
          AUTHORIZATION,
          CONNECTION,
          CONTENT_LENGTH,
          COOKIE,
          EXPECT,
          FORWARDED_FOR,
          FORWARDED_HOST,
          FORWARDED_PROTO,
          HOST,
          HTTP2_SETTINGS,
          KEEP_ALIVE,
          PROXY_AUTHORIZATION,
          PROXY_CONNECTION,
          TE,
          TRAILER,
          TRANSFER_ENCODING,
          UPGRADE);

  private Names() {}
}
