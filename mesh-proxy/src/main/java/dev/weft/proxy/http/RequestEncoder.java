package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequestEncoder;

/** Netty's request encoder with our way of writing fields. */
final class RequestEncoder extends HttpRequestEncoder {
  private final FieldWriter fields;

  RequestEncoder(FieldWriter fields) {
    this.fields = fields;
  }

  @Override
  protected void encodeHeaders(HttpHeaders headers, ByteBuf to) {
    fields.write(headers, to);
  }
}
