package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** That a refusal arrives, and that nothing gets past the policies, on real sockets. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class RefusalTest {
  private static TestProxy before(InetSocketAddress server) throws IOException {
    return new TestProxy(
        new Meshes().service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_WEBSOCKET, server));
  }

  @Test
  void clientsThatStillSendGetTheAnswer() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, ""));
        TestProxy proxy = before(server.address())) {
      for (int i = 0; i < 20; i++) {
        try (RawClient client = proxy.client()) {
          client.send("GET / HTTP/1.1\r\nHost: web\r\nX: " + "a".repeat(100_000));
          client.send("b".repeat(100_000));
          assertThat(client.rest()).startsWith("HTTP/1.1 431").doesNotContain("<reset>");
        }
      }
      assertThat(server.requests.get()).isZero();
    }
  }

  @Test
  void lingersForABoundedTime() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, ""));
        TestProxy proxy = before(server.address());
        RawClient client = proxy.client()) {
      assertThat(client.send("GET / HTTP/1.1\r\n\r\n").rest()).startsWith("HTTP/1.1 400");
      // Our side stays open; the proxy's end of patience shows as a reset.
      await()
          .until(
              () -> {
                try {
                  client.send("more");
                  return false;
                } catch (IOException gone) {
                  return true;
                }
              });
    }
  }

  @Test
  void lingersForABoundedNumberOfBytes() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, ""));
        TestProxy proxy = before(server.address());
        RawClient client = proxy.client()) {
      client.send("GET / HTTP/1.1\r\n\r\n");
      byte[] more = new byte[64 << 10];
      int sent = 0;
      try {
        while (sent < 64 << 20) {
          client.send(more);
          sent += more.length;
        }
      } catch (IOException closed) {
        // what is expected
      }
      assertThat(sent).isLessThan(64 << 20);
    }
  }

  @Test
  void a101ThatNobodyAskedForIs502() throws Exception {
    try (ServerSocket listening =
        new ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
      Thread server = Thread.ofVirtual().start(() -> splitting(listening));
      try (TestProxy proxy = before((InetSocketAddress) listening.getLocalSocketAddress());
          RawClient client = proxy.client()) {
        client.send(
            "GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                + "Upgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n");
        assertThat(client.answer()).startsWith("HTTP/1.1 502").contains("UPSTREAM_MALFORMED");
      }
      server.join();
    }
  }

  private static void splitting(ServerSocket listening) {
    try (var socket = listening.accept()) {
      byte[] head = new byte[4096];
      int length = socket.getInputStream().read(head);
      assertThat(new String(head, 0, length, StandardCharsets.ISO_8859_1))
          .doesNotContainIgnoringCase("h2c")
          .doesNotContainIgnoringCase("http2-settings");
      socket
          .getOutputStream()
          .write(
              ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
                      + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
                  .getBytes(StandardCharsets.ISO_8859_1));
      assertThat(socket.getInputStream().read()).as("the proxy closes").isNegative();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
