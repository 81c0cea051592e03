package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Gives Netty's decoders of HTTP/1.1 small reads as arrays: they look at a head byte by byte and
 * line by line, and each such look into a buffer outside of the heap makes an object.
 */
final class HeapReads {
  /** Most heads with a short body; the larger a body, the more its copy would cost. */
  private static final int SMALL = 1024;

  private HeapReads() {}

  /** A message with what was read, in place of the one that was read into. */
  static Object of(Object message) {
    if (!(message instanceof ByteBuf read) || read.hasArray() || read.readableBytes() > SMALL) {
      return message;
    }
    byte[] bytes = new byte[read.readableBytes()];
    read.readBytes(bytes);
    read.release();
    return Unpooled.wrappedBuffer(bytes);
  }
}
