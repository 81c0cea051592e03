package dev.weft.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * {@code /healthz/live} and {@code /healthz/ready} for probes: 200 or 503, with the reason as text.
 * Runs on threads of its own, away from the event loops.
 */
final class Health implements AutoCloseable {
  private final HttpServer server;

  private Health(HttpServer server) {
    this.server = server;
  }

  /**
   * Begins to answer.
   *
   * @param notReady why the node is not ready; empty when it is
   */
  static Health start(InetSocketAddress address, Supplier<String> notReady) {
    try {
      HttpServer server = HttpServer.create(address, 16);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/healthz/live", exchange -> answer(exchange, ""));
      server.createContext("/healthz/ready", exchange -> answer(exchange, notReady.get()));
      server.start();
      return new Health(server);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + address + " for health probes", e);
    }
  }

  private static void answer(HttpExchange exchange, String problem) throws IOException {
    byte[] body = (problem.isEmpty() ? "ok\n" : problem + "\n").getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(problem.isEmpty() ? 200 : 503, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
