package dev.weft.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;

/**
 * Writes the fields of an HTTP/1.1 head by way of an array: a copy of a whole head into a buffer
 * outside of the heap costs as much as that of a few characters. Owned by one event loop.
 */
public final class FieldWriter {
  /** Most heads are shorter; longer ones go in several copies. */
  private static final int BLOCK = 2048;

  private final byte[] block = new byte[BLOCK];
  private int length;

  /** Appends "name: value" lines; what is no Latin-1 becomes a question mark. */
  void write(HttpHeaders fields, ByteBuf to) {
    length = 0;
    Iterator<Map.Entry<CharSequence, CharSequence>> each = fields.iteratorCharSequence();
    while (each.hasNext()) {
      Map.Entry<CharSequence, CharSequence> field = each.next();
      append(field.getKey(), to);
      append(':', ' ', to);
      append(field.getValue(), to);
      append('\r', '\n', to);
    }
    to.writeBytes(block, 0, length);
  }

  private void append(CharSequence text, ByteBuf to) {
    if (text instanceof AsciiString ascii) {
      append(ascii.array(), ascii.arrayOffset(), ascii.length(), to);
    } else {
      byte[] bytes = text.toString().getBytes(ISO_8859_1);
      append(bytes, 0, bytes.length, to);
    }
  }

  private void append(byte[] bytes, int from, int count, ByteBuf to) {
    if (count > BLOCK - length) {
      to.writeBytes(block, 0, length);
      length = 0;
    }
    if (count > BLOCK) {
      to.writeBytes(bytes, from, count);
    } else {
      System.arraycopy(bytes, from, block, length, count);
      length += count;
    }
  }

  private void append(char first, char second, ByteBuf to) {
    if (BLOCK - length < 2) {
      to.writeBytes(block, 0, length);
      length = 0;
    }
    block[length++] = (byte) first;
    block[length++] = (byte) second;
  }
}
