package dev.weft.proxy.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.AsciiString;

/**
 * Netty's response decoder, told which request is being answered, and as strict as the one for
 * requests: what it lets pass, every client of the mesh gets.
 */
final class ResponseDecoder extends HttpResponseDecoder {
  private boolean answersHead;

  ResponseDecoder(HttpLimits limits) {
    super(RequestDecoder.config(limits));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    super.channelRead(ctx, HeapReads.of(message));
  }

  /** Whether the next answer belongs to a HEAD request. */
  void answersHead(boolean yes) {
    answersHead = yes;
  }

  /** A status line as RFC 9112 §4 has it: a version that is ours, and a status of three digits. */
  @Override
  protected HttpMessage createMessage(String[] initialLine) {
    String version = initialLine[0];
    String status = initialLine[1];
    if (!version.startsWith("HTTP/1.") || status.length() != 3 || status.charAt(0) < '1') {
      throw new IllegalArgumentException("not a status line of HTTP/1");
    }
    return super.createMessage(initialLine);
  }

  /**
   * Netty takes the first word of a name that has a space inside. A space before the colon is
   * dropped instead, as RFC 9112 §5.1 tells proxies.
   */
  @Override
  protected AsciiString splitHeaderName(byte[] line, int start, int length) {
    int at = start + length;
    while (at < line.length && (line[at] == ' ' || line[at] == '\t')) {
      at++;
    }
    if (at == line.length || line[at] != ':') {
      throw new IllegalArgumentException("a field's name with a space, or without a colon");
    }
    return super.splitHeaderName(line, start, length);
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    return (answersHead
            && message instanceof HttpResponse response
            && response.status().code() >= 200)
        || super.isContentAlwaysEmpty(message);
  }
}
