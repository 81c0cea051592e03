package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.AppProtocol;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Nothing is lost when tables change or the proxy goes. */
class DrainTest {
  private static final String GET = "GET /a HTTP/1.1\r\nHost: web\r\n\r\n";

  private static Meshes mesh(TestServer server) {
    return new Meshes()
        .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address());
  }

  @Test
  void losesNoRequestWhileTablesChange() throws Exception {
    try (TestServer one = TestServer.http1((server, request) -> request.reply(200, "ok"));
        TestServer two = TestServer.http1((server, request) -> request.reply(200, "ok"));
        TestProxy proxy = new TestProxy(mesh(one))) {
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger good = new AtomicInteger();
      List<String> bad = new java.util.concurrent.CopyOnWriteArrayList<>();
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        clients.add(Thread.ofVirtual().start(() -> ask(proxy, stop, good, bad)));
      }
      for (int i = 0; i < 100; i++) {
        int before = good.get();
        proxy.proxy.apply(mesh(i % 2 == 0 ? two : one).tables(proxy.proxy.tables()));
        await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> good.get() > before + 10);
      }
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      assertThat(bad).isEmpty();
      assertThat(good.get()).isGreaterThan(1000);
    }
  }

  private static void ask(
      TestProxy proxy, AtomicBoolean stop, AtomicInteger good, List<String> bad) {
    try (RawClient client = proxy.client()) {
      while (!stop.get()) {
        String answer = client.send(GET).answer();
        if (answer.endsWith("ok")) {
          good.incrementAndGet();
        } else {
          bad.add(answer);
        }
      }
    } catch (IOException e) {
      bad.add(e.toString());
    }
  }

  @Test
  void finishesWhatIsUnderWay() throws Exception {
    CompletableFuture<TestServer.Request> asked = new CompletableFuture<>();
    try (TestServer server = TestServer.http1((self, request) -> asked.complete(request));
        TestProxy proxy = new TestProxy(mesh(server));
        RawClient client = proxy.client()) {
      client.send(GET);
      TestServer.Request request = asked.get(10, TimeUnit.SECONDS);
      CompletableFuture<Boolean> drained =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return proxy.proxy.drain(Duration.ofSeconds(20));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(() -> refused(proxy));
      assertThat(drained).isNotDone();
      server.open.getFirst().eventLoop().execute(() -> request.reply(200, "done"));
      assertThat(client.rest()).contains("connection: close").endsWith("done");
      assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void warnsHttp2ClientsBeforeItGoes() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "x"));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web",
                        TestProxy.VIP,
                        80,
                        AppProtocol.APP_PROTOCOL_WEBSOCKET,
                        server.address()));
        TestClient client = new TestClient(proxy.address())) {
      assertThat(client.get("/").get(10, TimeUnit.SECONDS).status()).isEqualTo(200);
      assertThat(proxy.proxy.drain(Duration.ofSeconds(20))).isTrue();
      await().until(() -> !client.channel().isActive());
    }
  }

  private static boolean refused(TestProxy proxy) {
    try (RawClient client = proxy.client()) {
      client.send(GET);
      return false;
    } catch (IOException refused) {
      return true;
    }
  }
}
