package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Knows whether an HTTP/2 client owes the rest of a head, which Netty's frame reader keeps to
 * itself: a header block without its end (RFC 9113 §4.3) stops the whole connection, and costs
 * memory. Looks at the first five bytes of each frame only. Owned by a server connection.
 */
final class H2HeadWatch extends ChannelInboundHandlerAdapter {
  private static final int PREFACE = 24;

  /** Length, type and flags, which are looked at, and the stream, which is not. */
  private static final int LOOKED_AT = 5;

  private static final int STREAM = 4;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 4;

  private final Ticker ticker;
  private int left = PREFACE;
  private boolean data;
  private boolean block;
  private int begun;
  private long begin;
  private long since;

  H2HeadWatch(Ticker ticker) {
    this.ticker = ticker;
    this.since = ticker.coarse();
  }

  /**
   * Whether the preface, a header block or a frame other than DATA has begun and not ended. How
   * long a body may take is not for us to say.
   */
  boolean owed() {
    return block || begun > 0 || (left > 0 && !data);
  }

  /** When that began: nanoseconds of the ticker's clock. */
  long since() {
    return since;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      look(bytes);
    }
    ctx.fireChannelRead(message);
  }

  private void look(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (left > 0) {
        int passed = Math.min(left, end - at);
        left -= passed;
        at += passed;
      } else {
        begin = (begin << 8) | bytes.getUnsignedByte(at++);
        if (++begun == 1 && !block) {
          since = ticker.coarse();
        }
        if (begun == LOOKED_AT) {
          frame((int) (begin >> 16) & 0xffffff, (int) (begin >> 8) & 0xff, (int) begin & 0xff);
        }
      }
    }
  }

  private void frame(int length, int type, int flags) {
    begun = 0;
    left = STREAM + length;
    data = type == DATA;
    if (type == HEADERS || type == CONTINUATION) {
      block = (flags & END_HEADERS) == 0;
    }
  }
}
