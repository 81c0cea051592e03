package dev.weft.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;

/**
 * Collects what goes to an HTTP/1.1 connection in an array and makes one buffer of it: a copy of a
 * whole head into a buffer outside of the heap costs as much as that of a few characters. All
 * connections of a loop share one: it is empty between their messages and at every write. Owned by
 * that event loop.
 */
public final class H1Text {
  /** Most heads with a short body are shorter; an array that had to grow is not kept. */
  private static final int BLOCK = 4096;

  private static final AsciiString VERSION = AsciiString.cached("HTTP/1.1");

  private byte[] block = new byte[BLOCK];
  private int length;

  boolean isEmpty() {
    return length == 0;
  }

  /** Forgets what was collected. */
  void clear() {
    length = 0;
    if (block.length > BLOCK) {
      block = new byte[BLOCK];
    }
  }

  /** What was collected, and an empty text again. */
  ByteBuf take(ByteBufAllocator pool) {
    ByteBuf out = pool.directBuffer(length).writeBytes(block, 0, length);
    clear();
    return out;
  }

  /**
   * Appends a head, up to the empty line behind its fields. Netty's message has refused targets and
   * fields that would break their line.
   */
  H1Text head(HttpMessage head) {
    switch (head) {
      case HttpRequest request ->
          append(request.method().asciiName())
              .append((byte) ' ')
              .append(request.uri())
              .append((byte) ' ')
              .append(VERSION)
              .line();
      case HttpResponse response ->
          append(VERSION)
              .append((byte) ' ')
              .append(response.status().codeAsText())
              .append((byte) ' ')
              .append(response.status().reasonPhrase())
              .line();
      default -> throw new IllegalArgumentException("neither request nor response: " + head);
    }
    return fields(head.headers()).line();
  }

  /** Appends "name: value" lines; what is no Latin-1 becomes a question mark. */
  H1Text fields(HttpHeaders fields) {
    Iterator<Map.Entry<CharSequence, CharSequence>> each = fields.iteratorCharSequence();
    while (each.hasNext()) {
      Map.Entry<CharSequence, CharSequence> field = each.next();
      append(field.getKey()).append((byte) ':').append((byte) ' ').append(field.getValue()).line();
    }
    return this;
  }

  /** Appends the line before a chunk of so many bytes (RFC 9112 §7.1). */
  H1Text size(int bytes) {
    return append(Integer.toHexString(bytes)).line();
  }

  /** Appends CR and LF. */
  H1Text line() {
    return append((byte) '\r').append((byte) '\n');
  }

  /** Appends a buffer's readable bytes. */
  H1Text append(ByteBuf bytes) {
    int count = bytes.readableBytes();
    reserve(count);
    bytes.readBytes(block, length, count);
    length += count;
    return this;
  }

  private H1Text append(CharSequence text) {
    if (text instanceof AsciiString ascii) {
      append(ascii.array(), ascii.arrayOffset(), ascii.length());
    } else {
      byte[] bytes = text.toString().getBytes(ISO_8859_1);
      append(bytes, 0, bytes.length);
    }
    return this;
  }

  private void append(byte[] bytes, int from, int count) {
    reserve(count);
    System.arraycopy(bytes, from, block, length, count);
    length += count;
  }

  private H1Text append(byte one) {
    reserve(1);
    block[length++] = one;
    return this;
  }

  private void reserve(int count) {
    if (count > block.length - length) {
      block = Arrays.copyOf(block, Math.max(2 * block.length, length + count));
    }
  }
}
