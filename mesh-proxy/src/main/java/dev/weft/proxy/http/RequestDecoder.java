package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Netty's request decoder in its strict form, which in addition knows whether a head has begun.
 * Obsolete line folding becomes a space, as RFC 9112 §5.2 allows. Confined to its connection's
 * event loop.
 */
final class RequestDecoder extends HttpRequestDecoder {
  private boolean betweenRequests = true;
  private boolean headBegun;

  RequestDecoder(HttpLimits limits) {
    super(config(limits));
  }

  static HttpDecoderConfig config(HttpLimits limits) {
    return new HttpDecoderConfig()
        .setMaxInitialLineLength(limits.maxLine())
        .setMaxHeaderSize(limits.maxHead())
        .setMaxChunkSize(64 << 10);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    super.channelRead(ctx, HeapReads.of(message));
  }

  /** Whether some bytes of a head have come and the rest has not. */
  boolean headBegun() {
    return headBegun;
  }

  /** The protocol's name is case-sensitive (RFC 9112 §2.3); Netty would write it in capitals. */
  @Override
  protected HttpMessage createMessage(String[] initialLine) throws Exception {
    if (!initialLine[2].startsWith("HTTP/")) {
      throw new IllegalArgumentException("not HTTP");
    }
    return super.createMessage(initialLine);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    int before = out.size();
    super.decode(ctx, in, out);
    if (betweenRequests && out.size() == before) {
      headBegun = true;
    }
    for (int i = before; i < out.size(); i++) {
      Object message = out.get(i);
      if (message instanceof HttpRequest) {
        betweenRequests = false;
        headBegun = false;
      }
      if (message instanceof LastHttpContent) {
        betweenRequests = true;
      }
    }
  }
}
