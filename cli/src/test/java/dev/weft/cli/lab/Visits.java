package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests for a Gateway's page, one after the other, each on a connection of its own. */
final class Visits implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TIMEOUT_MS = 2_000;

  private final List<Failure> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger goodInARow = new AtomicInteger();
  private final Thread visitor;
  private volatile boolean closed;
  private volatile long firstGoodAgain;

  /** A request that was lost. */
  record Failure(long nanos, String answer) {}

  Visits(String address) {
    visitor = Thread.ofPlatform().daemon().name("visitor").start(() -> run(address));
  }

  private void run(String address) {
    while (!closed) {
      long begun = LabClock.nanoTime();
      String answer = visit(address);
      if (answer.equals("200")) {
        if (goodInARow.getAndIncrement() == 0) {
          firstGoodAgain = LabClock.nanoTime();
        }
      } else {
        goodInARow.set(0);
        failures.add(new Failure(begun, answer));
      }
    }
  }

  /** The status, or what went wrong. */
  static String visit(String address) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MS);
      socket.connect(new InetSocketAddress(address, 80), TIMEOUT_MS);
      String request = "GET / HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      BufferedReader answer =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      String line = answer.readLine();
      return line == null ? "closed" : line.split(" ", 3)[1];
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** So many in a row that were begun from now on. */
  void awaitGood(int count) {
    goodInARow.set(0);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(goodInARow).as(outage()).hasValueGreaterThan(count));
  }

  void awaitFailure() {
    await().atMost(PATIENCE).until(() -> !failures.isEmpty());
  }

  List<Failure> failures() {
    return failures;
  }

  /** What a log should say of it. */
  String outage() {
    return failures.isEmpty()
        ? "nothing was lost"
        : failures.size()
            + " requests lost within "
            + (firstGoodAgain - failures.getFirst().nanos()) / 1_000_000
            + " ms: "
            + failures.stream().map(Failure::answer).distinct().toList();
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    visitor.join();
  }
}
