package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests for a Gateway's page, one after the other, each on a connection of its own. */
final class Visits implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CONNECT_MS = 2_000;
  private static final int ANSWER_MS = 20_000;

  private final List<Failure> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger goodInARow = new AtomicInteger();
  private final CompletableFuture<Void> visitor;
  private volatile boolean closed;
  private volatile long firstGoodAgain;

  /** A request that was lost. */
  record Failure(long nanos, String answer) {}

  Visits(String address) {
    visitor =
        CompletableFuture.runAsync(
            () -> run(address), work -> Thread.ofPlatform().daemon().name("visitor").start(work));
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
    try (Visitor visitor = new Visitor(address)) {
      return visitor.ask("/", "Connection: close\r\n");
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** One connection. */
  static final class Visitor implements AutoCloseable {
    private final Socket socket = new Socket();

    Visitor(String address) throws IOException {
      this(address, 0);
    }

    /**
     * @param port the client's; 0: any
     */
    Visitor(String address, int port) throws IOException {
      socket.setReuseAddress(true);
      socket.setSoTimeout(ANSWER_MS);
      socket.bind(new InetSocketAddress(port));
      socket.connect(new InetSocketAddress(address, 80), CONNECT_MS);
    }

    /** The status, or what went wrong. */
    String ask(String path, String headers) {
      try {
        String request = "GET " + path + " HTTP/1.1\r\nHost: edge\r\n" + headers + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        byte[] answer = new byte[8192];
        int got = socket.getInputStream().read(answer);
        return got < 12 ? "closed" : new String(answer, 9, 3, StandardCharsets.US_ASCII);
      } catch (IOException e) {
        return e.toString();
      }
    }

    /** The client's port, once the other side has closed: that one keeps its end for a minute. */
    int portThatTheyClosed() throws IOException {
      assertThat(ask("/", "Connection: close\r\n")).isEqualTo("200");
      while (socket.getInputStream().read() >= 0) {
        // The rest of the answer.
      }
      return socket.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      socket.close();
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
  public void close() {
    closed = true;
    visitor.join();
  }
}
