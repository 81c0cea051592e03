package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who does not read makes the other side wait, and who goes is missed. */
class BackPressureTest {
  private static final int LENGTH = 100 << 20;

  /** What kernel buffers of four sockets may hold, and the proxy's own, which are far smaller. */
  private static final int BUFFERED = 40 << 20;

  private interface Server {
    void talk(Socket socket) throws IOException;
  }

  private interface Client {
    void talk(TestProxy proxy) throws Exception;
  }

  private static void with(Server server, Client client) throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 5, Meshes.at("127.0.0.1", 0).getAddress());
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        AppProtocol.APP_PROTOCOL_WEBSOCKET,
                        (InetSocketAddress) listening.getLocalSocketAddress()))) {
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket socket = listening.accept()) {
                      server.talk(socket);
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      client.talk(proxy);
      thread.join();
    }
  }

  private static void readHead(InputStream in) throws IOException {
    int newlines = 0;
    while (newlines < 4) {
      int next = in.read();
      newlines = next == (newlines % 2 == 0 ? '\r' : '\n') ? newlines + 1 : 0;
      if (next < 0) {
        throw new IOException("no head");
      }
    }
  }

  @Test
  void aSlowReaderStopsTheServer() throws Exception {
    AtomicLong sent = new AtomicLong();
    with(
        socket -> {
          readHead(socket.getInputStream());
          socket
              .getOutputStream()
              .write(
                  ("HTTP/1.1 200 OK\r\nContent-Length: " + LENGTH + "\r\n\r\n")
                      .getBytes(StandardCharsets.US_ASCII));
          byte[] block = new byte[1 << 16];
          for (int i = 0; i < LENGTH >> 16; i++) {
            socket.getOutputStream().write(block);
            sent.addAndGet(block.length);
          }
        },
        proxy -> {
          try (RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
            assertThat(client.head()).contains("200 OK");
            await()
                .during(500, TimeUnit.MILLISECONDS)
                .until(() -> sent.get() > 0 && sent.get() < BUFFERED);
            assertThat(client.bytes(LENGTH)).hasSize(LENGTH);
          }
        });
  }

  @Test
  void aSlowServerStopsTheClient() throws Exception {
    AtomicLong sent = new AtomicLong();
    AtomicBoolean read = new AtomicBoolean();
    with(
        socket -> {
          readHead(socket.getInputStream());
          await().until(read::get);
          long skipped = 0;
          while (skipped < LENGTH) {
            skipped += socket.getInputStream().skip(LENGTH - skipped);
          }
          socket
              .getOutputStream()
              .write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        },
        proxy -> {
          try (RawClient client = proxy.client()) {
            Thread writer =
                Thread.ofVirtual()
                    .start(
                        () -> {
                          try {
                            client.send(
                                "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: "
                                    + LENGTH
                                    + "\r\n\r\n");
                            for (int i = 0; i < LENGTH >> 16; i++) {
                              client.send(new byte[1 << 16]);
                              sent.addAndGet(1 << 16);
                            }
                          } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                          }
                        });
            await()
                .during(500, TimeUnit.MILLISECONDS)
                .until(() -> sent.get() > 0 && sent.get() < BUFFERED);
            read.set(true);
            assertThat(client.head()).contains("204");
            writer.join();
          }
        });
  }

  @Test
  void aClientThatGoesIsMissed() throws Exception {
    AtomicBoolean asked = new AtomicBoolean();
    AtomicBoolean missed = new AtomicBoolean();
    with(
        socket -> {
          readHead(socket.getInputStream());
          asked.set(true);
          missed.set(socket.getInputStream().read() < 0);
        },
        proxy -> {
          try (RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
            await().until(asked::get);
          }
          await().until(missed::get);
          await().until(() -> proxy.seen.size() == 1);
          assertThat(proxy.seen.getFirst().end().status()).isZero();
          assertThat(proxy.seen.getFirst().end().reason()).isEqualTo("CLIENT_CANCELLED");
        });
  }
}
