package dev.weft.node;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;

/** The frames of {@code attach.proto}: a 4-byte big-endian length, then one message. */
final class AttachFrames {
  /** A request is a handful of names and paths; a GC lists a node's containers (64 bytes each). */
  static final int MAX_BYTES = 1 << 20;

  private AttachFrames() {}

  static AttachRequest readRequest(ByteChannel channel) throws IOException {
    int length = read(channel, 4).getInt();
    if (length < 0 || length > MAX_BYTES) {
      throw new AttachException(
          AttachException.INVALID,
          "frame of " + Integer.toUnsignedString(length) + " bytes; at most " + MAX_BYTES);
    }
    try {
      return AttachRequest.parseFrom(read(channel, length));
    } catch (InvalidProtocolBufferException e) {
      throw new AttachException(AttachException.INVALID, "not an AttachRequest", e);
    }
  }

  private static ByteBuffer read(ByteChannel channel, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException(
            "peer closed after " + buffer.position() + " of " + bytes + " bytes");
      }
    }
    return buffer.flip();
  }

  static void write(ByteChannel channel, AttachAnswer answer) throws IOException {
    byte[] body = answer.toByteArray();
    ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip();
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }
}
