package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttachServerTest {
  @TempDir Path directory;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void answersARequest() throws Exception {
    try (AttachServer _ =
        serve(r -> AttachAnswer.newBuilder().setMtu(r.getAdd().getPodName().length()).build())) {
      AttachRequest request =
          AttachRequest.newBuilder()
              .setAdd(AttachRequest.Add.newBuilder().setPodName("web-0"))
              .build();

      assertThat(ask(request.toByteArray().length, request.toByteArray()).getMtu()).isEqualTo(5);
    }
  }

  @Test
  void saysWhyARequestIsRefused() throws Exception {
    try (AttachServer _ =
        serve(
            r -> {
              throw new AttachException(AttachException.TRY_AGAIN, "no free address");
            })) {
      AttachAnswer answer = ask(0, new byte[0]);

      assertThat(answer.getErrorCode()).isEqualTo(AttachException.TRY_AGAIN);
      assertThat(answer.getError()).isEqualTo("no free address");
    }
  }

  @Test
  void refusesHugeAndMalformedFrames() throws Exception {
    try (AttachServer _ = serve(r -> AttachAnswer.getDefaultInstance())) {
      assertThat(ask(Integer.MAX_VALUE, new byte[0]).getErrorCode())
          .isEqualTo(AttachException.INVALID);
      assertThat(ask(-1, new byte[0]).getErrorCode()).isEqualTo(AttachException.INVALID);
      assertThat(ask(3, new byte[] {10, 100, 1}).getError()).isEqualTo("not an AttachRequest");
    }
  }

  @Test
  void survivesAHandlerThatFails() throws Exception {
    try (AttachServer _ =
        serve(
            r -> {
              throw new IllegalStateException("broken");
            })) {
      assertThat(ask(0, new byte[0]).getError()).contains("broken");
      assertThat(ask(0, new byte[0]).getErrorCode()).isEqualTo(AttachException.TRY_AGAIN);
    }
  }

  @Test
  void isForRootOnly() throws Exception {
    try (AttachServer _ = serve(r -> AttachAnswer.getDefaultInstance())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
          .isEqualTo("rw-------");
    }
    assertThat(socket()).doesNotExist();
  }

  private AttachServer serve(Function<AttachRequest, AttachAnswer> handler) {
    return AttachServer.start(socket(), handler, timer);
  }

  private Path socket() {
    return directory.resolve("attach.sock");
  }

  private AttachAnswer ask(int length, byte[] body) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      channel.write(ByteBuffer.allocate(4 + body.length).putInt(length).put(body).flip());
      InputStream in = Channels.newInputStream(channel);
      byte[] header = in.readNBytes(4);
      return AttachAnswer.parseFrom(in.readNBytes(ByteBuffer.wrap(header).getInt()));
    }
  }
}
