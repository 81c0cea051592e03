package dev.weft.cli.lab;

import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A container runtime's side of attach.proto: one request and one answer a connection. */
public final class AttachClient {
  private static final int MAX_ANSWER = 64 << 10;

  private final Path socket;

  public AttachClient(Path socket) {
    this.socket = socket;
  }

  /**
   * Asks the node process.
   *
   * @throws IOException if there is no node process, or it refuses; the message has its reason
   */
  public AttachAnswer ask(AttachRequest request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      byte[] body = request.toByteArray();
      ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip();
      while (frame.hasRemaining()) {
        channel.write(frame);
      }
      int length = read(channel, 4).getInt();
      if (length < 0 || length > MAX_ANSWER) {
        throw new IOException("an answer of " + length + " bytes from " + socket);
      }
      AttachAnswer answer = AttachAnswer.parseFrom(read(channel, length));
      if (!answer.getError().isEmpty()) {
        throw new IOException(
            "the node process refused (" + answer.getErrorCode() + "): " + answer.getError());
      }
      return answer;
    }
  }

  private static ByteBuffer read(SocketChannel channel, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("the node process closed before it answered; its log says why");
      }
    }
    return buffer.flip();
  }
}
