package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import dev.weft.proxy.observe.ConnectionEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes that are no HTTP. */
class OpaqueProxyTest {

  private interface Server {
    void talk(Socket socket) throws Exception;
  }

  private interface Client {
    void talk(TestProxy proxy) throws Exception;
  }

  private static void with(AppProtocol protocol, Server server, Client client) throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 5, Meshes.at("127.0.0.1", 0).getAddress());
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "raw",
                        TestProxy.VIP,
                        80,
                        protocol,
                        (InetSocketAddress) listening.getLocalSocketAddress()))) {
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket socket = listening.accept()) {
                      server.talk(socket);
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  });
      client.talk(proxy);
      thread.join();
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource({
    "APP_PROTOCOL_UNSPECIFIED, '\0\1'",
    "APP_PROTOCOL_UNSPECIFIED, GE",
    "APP_PROTOCOL_TCP, anything"
  })
  void aClientMaySayEverythingAtOnce(AppProtocol protocol, String text) throws Exception {
    with(
        protocol,
        socket -> {
          String all =
              new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
          write(socket, "got " + all);
        },
        proxy -> {
          try (RawClient client = proxy.client()) {
            client.send(text).socket().shutdownOutput();
            assertThat(client.rest()).isEqualTo("got " + text);
          }
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = AppProtocol.class,
      names = {"APP_PROTOCOL_UNSPECIFIED", "APP_PROTOCOL_TCP"})
  void letsTheServerSpeakFirst(AppProtocol protocol) throws Exception {
    with(
        protocol,
        socket -> {
          write(socket, "220 ready\r\n");
          socket.getInputStream().readNBytes(6);
          write(socket, "bye");
        },
        proxy -> {
          try (RawClient client = proxy.client()) {
            assertThat(client.bytes(11)).isEqualTo("220 ready\r\n");
            assertThat(client.send("QUIT\r\n").rest()).isEqualTo("bye");
          }
        });
  }

  @Test
  void passesHalfClosedConnections() throws Exception {
    with(
        AppProtocol.APP_PROTOCOL_UNSPECIFIED,
        socket -> {
          int length = socket.getInputStream().readAllBytes().length;
          write(socket, "got " + length);
        },
        proxy -> {
          try (RawClient client = proxy.client()) {
            client.send("\u0001\u0002" + "x".repeat(500_000));
            client.socket().shutdownOutput();
            assertThat(client.rest()).isEqualTo("got 500002");
          }
          await()
              .until(
                  () ->
                      proxy.connections.stream()
                          .anyMatch(
                              event ->
                                  event.kind() == ConnectionEvent.Kind.CLOSED
                                      && event.bytesIn() == 500_002
                                      && event.bytesOut() == 10));
        });
  }

  @Test
  void readsNoMoreThanTheOtherSideTakes() throws Exception {
    AtomicLong sent = new AtomicLong();
    CountDownLatch read = new CountDownLatch(1);
    with(
        AppProtocol.APP_PROTOCOL_TCP,
        socket -> {
          byte[] block = new byte[1 << 16];
          socket.getInputStream().readNBytes(1);
          Thread writer =
              Thread.ofVirtual()
                  .start(
                      () -> {
                        try {
                          for (int i = 0; i < 1600; i++) {
                            socket.getOutputStream().write(block);
                            sent.addAndGet(block.length);
                          }
                          socket.shutdownOutput();
                        } catch (IOException e) {
                          throw new java.io.UncheckedIOException(e);
                        }
                      });
          writer.join();
        },
        proxy -> {
          try (RawClient client = proxy.client()) {
            client.socket().setReceiveBufferSize(1 << 16);
            client.send("!");
            // 100 MiB were to come; kernel buffers and the proxy's own hold only a part.
            await()
                .during(500, TimeUnit.MILLISECONDS)
                .until(() -> sent.get() > 0 && sent.get() < 40 << 20);
            read.countDown();
            assertThat(client.rest()).hasSize(1600 << 16);
          }
        });
    assertThat(read.getCount()).isZero();
  }

  @Test
  void resetsAClientWhoseServerIsGone() throws Exception {
    InetSocketAddress gone;
    try (ServerSocket closed = new ServerSocket(0, 1, Meshes.at("127.0.0.1", 0).getAddress())) {
      gone = (InetSocketAddress) closed.getLocalSocketAddress();
    }
    try (TestProxy proxy =
        new TestProxy(
            new Meshes().service("raw", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_TCP, gone))) {
      assertThat(proxy.refuses()).isTrue();
      assertThat(proxy.connections).anyMatch(event -> "CONNECT_FAILED".equals(event.reason()));
    }
  }

  @Test
  void takesHttpForHttpWhereNothingIsSaid() throws Exception {
    try (TestServer server =
            TestServer.http1((self, request) -> request.reply(200, request.head().target()));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        AppProtocol.APP_PROTOCOL_UNSPECIFIED,
                        server.address()));
        RawClient client = proxy.client()) {
      client.send("G");
      client.send("ET /slow");
      assertThat(client.send(" HTTP/1.1\r\nHost: a\r\n\r\n").answer()).endsWith("/slow");
      await().until(() -> proxy.seen.size() == 1);
    }
  }
}
