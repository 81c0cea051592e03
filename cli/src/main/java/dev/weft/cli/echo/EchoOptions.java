package dev.weft.cli.echo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What an echo process serves.
 *
 * @param name said in every answer; usually the pod's name
 * @param version said in every answer; tells the versions of one service apart
 * @param ports where it listens
 * @param behaviour how it answers
 * @param tls files for the TLS ports; null makes a self-signed certificate for {@code localhost}
 *     and the name
 */
public record EchoOptions(
    String name, String version, Ports ports, Behaviour behaviour, @Nullable TlsFiles tls) {

  /**
   * Listening ports by protocol; 0 means any free port.
   *
   * @param http HTTP/1.1, WebSocket, and HTTP/2 or gRPC with prior knowledge, told apart by the
   *     first bytes
   * @param tls the same behind TLS, HTTP/2 by ALPN
   * @param tcp bytes come back as they are
   * @param serverFirst speaks a banner line before the client says anything, then like {@code tcp}
   * @param udp datagrams come back as they are
   */
  public record Ports(
      List<Integer> http,
      List<Integer> tls,
      List<Integer> tcp,
      List<Integer> serverFirst,
      List<Integer> udp) {
    public Ports {
      http = List.copyOf(http);
      tls = List.copyOf(tls);
      tcp = List.copyOf(tcp);
      serverFirst = List.copyOf(serverFirst);
      udp = List.copyOf(udp);
    }
  }

  /**
   * How requests are answered.
   *
   * @param latency wait before every answer
   * @param failureRate share of HTTP requests answered 503 (gRPC: UNAVAILABLE), 0 to 1
   * @param seed makes the failures the same in every run
   * @param responseSize bytes of filler in every answer
   * @param forward URLs called, one after the other, before an answer is made
   */
  public record Behaviour(
      Duration latency,
      double failureRate,
      OptionalLong seed,
      int responseSize,
      List<URI> forward) {
    /** Answers at once, always, and calls nobody. */
    public static final Behaviour PLAIN =
        new Behaviour(Duration.ZERO, 0, OptionalLong.empty(), 0, List.of());

    public Behaviour {
      forward = List.copyOf(forward);
    }
  }

  /** PEM files: certificate chain and PKCS#8 key. */
  public record TlsFiles(Path chain, Path key) {}
}
