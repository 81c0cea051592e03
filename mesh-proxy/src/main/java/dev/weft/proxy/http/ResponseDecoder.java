package dev.weft.proxy.http;

import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;

/** Netty's response decoder, told which request is being answered. */
final class ResponseDecoder extends HttpResponseDecoder {
  private boolean answersHead;

  ResponseDecoder(HttpLimits limits) {
    super(RequestDecoder.config(limits));
  }

  /** Whether the next answer belongs to a HEAD request. */
  void answersHead(boolean yes) {
    answersHead = yes;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    return (answersHead
            && message instanceof HttpResponse response
            && response.status().code() >= 200)
        || super.isContentAlwaysEmpty(message);
  }
}
