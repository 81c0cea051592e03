package dev.weft.cli.echo;

import dev.weft.cli.Json;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Decides what a request is answered. A request may ask for something else than the flags say:
 * {@code ?status=404}, {@code ?latency=200ms}, {@code ?size=10000}.
 *
 * <p>One event loop serves the whole process, so the random numbers need no lock: confined to that
 * loop.
 */
final class EchoService {
  private static final int MAX_SIZE = 64 << 20;

  private final EchoOptions options;
  private final Forwarder forwarder;
  private final SplittableRandom random;
  private long requests;

  EchoService(EchoOptions options, Forwarder forwarder) {
    this.options = options;
    this.forwarder = forwarder;
    this.random =
        options.behaviour().seed().isPresent()
            ? new SplittableRandom(options.behaviour().seed().getAsLong())
            : new SplittableRandom();
  }

  EchoOptions options() {
    return options;
  }

  /** Whether the failure rate strikes this time. */
  boolean fails() {
    double rate = options.behaviour().failureRate();
    return rate > 0 && random.nextDouble() < rate;
  }

  /** Answers one request, later, on the loop. Never completes exceptionally. */
  CompletableFuture<EchoAnswer> answer(EchoRequest request, EventLoop loop) {
    requests++;
    CompletableFuture<EchoAnswer> answer = new CompletableFuture<>();
    Duration wait = latency(request);
    if (wait.isZero()) {
      decide(request, loop, answer);
    } else {
      loop.schedule(() -> decide(request, loop, answer), wait.toNanos(), TimeUnit.NANOSECONDS);
    }
    return answer;
  }

  private void decide(EchoRequest request, EventLoop loop, CompletableFuture<EchoAnswer> answer) {
    if (fails()) {
      answer.complete(render(request, 503, List.of()));
      return;
    }
    int status = asked(request, "status", 200, 999);
    if (options.behaviour().forward().isEmpty()) {
      answer.complete(render(request, Math.max(200, status), List.of()));
      return;
    }
    var _ =
        forwarder
            .callAll(options.behaviour().forward(), request, loop)
            .thenAccept(hops -> answer.complete(render(request, worst(status, hops), hops)));
  }

  /** A failed call makes the answer 502, as a service that cannot do without the next one would. */
  private static int worst(int status, List<EchoAnswer.Hop> hops) {
    for (EchoAnswer.Hop hop : hops) {
      if (hop.status() < 200 || hop.status() >= 400) {
        return 502;
      }
    }
    return status;
  }

  private Duration latency(EchoRequest request) {
    String asked = request.query("latency");
    if (asked != null) {
      try {
        return Durations.parse(asked);
      } catch (IllegalArgumentException e) {
        return options.behaviour().latency();
      }
    }
    return options.behaviour().latency();
  }

  private static int asked(EchoRequest request, String name, int fallback, int max) {
    String value = request.query(name);
    if (value == null) {
      return fallback;
    }
    try {
      return Math.clamp(Long.parseLong(value), 0, max);
    } catch (NumberFormatException e) {
      return fallback;
    }
  }

  private EchoAnswer render(EchoRequest request, int status, List<EchoAnswer.Hop> hops) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", options.name());
    body.put("version", options.version());
    body.put("protocol", request.protocol());
    body.put("method", request.method());
    body.put("path", request.target());
    body.put("headers", headers(request));
    body.put("client", request.client().address());
    body.put("tls", request.client().tls());
    String sni = request.client().tlsServerName();
    if (sni != null) {
      body.put("serverName", sni);
    }
    body.put("bodyBytes", request.bodyBytes());
    body.put("requests", requests);
    if (!hops.isEmpty()) {
      body.put("chain", hops.stream().map(EchoService::hop).toList());
    }
    int size = asked(request, "size", options.behaviour().responseSize(), MAX_SIZE);
    if (size > 0) {
      body.put("filler", "x".repeat(size));
    }
    return new EchoAnswer(status, Json.of(body), hops);
  }

  private static Map<String, Object> headers(EchoRequest request) {
    Map<String, Object> headers = new LinkedHashMap<>();
    request
        .headers()
        .forEach(
            (name, values) -> headers.put(name, values.size() == 1 ? values.getFirst() : values));
    return headers;
  }

  private static Map<String, Object> hop(EchoAnswer.Hop hop) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("url", hop.url());
    map.put("status", hop.status());
    map.put("answer", new Json.Raw(hop.json()));
    return map;
  }
}
