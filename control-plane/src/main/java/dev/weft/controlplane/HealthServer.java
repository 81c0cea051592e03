package dev.weft.controlplane;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/** Answers a kubelet's probes: {@code /healthz/live} and {@code /healthz/ready}. */
record HealthServer(HttpServer server) implements AutoCloseable {

  /**
   * Starts to answer.
   *
   * @throws IOException if the address is taken
   */
  static HealthServer start(InetSocketAddress address, BooleanSupplier ready) throws IOException {
    HttpServer server = HttpServer.create(address, 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/healthz/live", exchange -> answer(exchange, true));
    server.createContext("/healthz/ready", exchange -> answer(exchange, ready.getAsBoolean()));
    server.start();
    return new HealthServer(server);
  }

  private static void answer(HttpExchange exchange, boolean good) throws IOException {
    try (exchange) {
      byte[] text = (good ? "ok\n" : "not ready\n").getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(good ? 200 : 503, text.length);
      exchange.getResponseBody().write(text);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
