package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/**
 * Netty's response encoder, told which answers have no body because of their request (RFC 9110
 * §9.3.2), and with our way of writing fields.
 */
final class ResponseEncoder extends HttpResponseEncoder {
  private final FieldWriter fields;
  private boolean answersHead;

  ResponseEncoder(FieldWriter fields) {
    this.fields = fields;
  }

  /** Whether the next answer belongs to a HEAD request. */
  void answersHead(boolean yes) {
    answersHead = yes;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    return (answersHead && response.status().code() >= 200) || super.isContentAlwaysEmpty(response);
  }

  @Override
  protected void encodeHeaders(HttpHeaders headers, ByteBuf to) {
    fields.write(headers, to);
  }
}
