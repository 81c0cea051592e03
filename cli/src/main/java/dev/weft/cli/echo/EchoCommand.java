package dev.weft.cli.echo;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft echo}: flags in, server up, until a signal comes. */
@Command(
    name = "echo",
    mixinStandardHelpOptions = true,
    description = "Serve a small workload that says what it was asked, over many protocols.")
public final class EchoCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--name", description = "said in every answer (default: $HOSTNAME, or echo)")
  private String name = System.getenv().getOrDefault("HOSTNAME", "echo");

  @Option(names = "--app-version", description = "said in every answer (default: ${DEFAULT-VALUE})")
  private String version = "v1";

  @Option(
      names = "--http",
      split = ",",
      paramLabel = "PORT",
      description =
          "HTTP/1.1, WebSocket, HTTP/2 and gRPC with prior knowledge; 8080 if no port is given at all")
  private List<Integer> http = new ArrayList<>();

  @Option(names = "--tls", split = ",", paramLabel = "PORT", description = "the same behind TLS")
  private List<Integer> tls = new ArrayList<>();

  @Option(names = "--tcp", split = ",", paramLabel = "PORT", description = "bytes come back")
  private List<Integer> tcp = new ArrayList<>();

  @Option(
      names = "--server-first",
      split = ",",
      paramLabel = "PORT",
      description = "speaks a line first, then bytes come back")
  private List<Integer> serverFirst = new ArrayList<>();

  @Option(names = "--udp", split = ",", paramLabel = "PORT", description = "datagrams come back")
  private List<Integer> udp = new ArrayList<>();

  @Option(names = "--latency", description = "wait before every answer, for example 20ms")
  private String latency = "0";

  @Option(
      names = "--failure-rate",
      paramLabel = "SHARE",
      description = "share of requests answered 503, 0 to 1")
  private double failureRate;

  @Option(names = "--seed", description = "makes failures the same in every run")
  private @Nullable Long seed;

  @Option(names = "--response-size", paramLabel = "BYTES", description = "filler in every answer")
  private int responseSize;

  @Option(
      names = "--forward",
      paramLabel = "URL",
      description = "call this http URL first and answer with the chain; repeatable")
  private List<URI> forward = new ArrayList<>();

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "PEM chain (default: self-signed)")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM PKCS#8 key")
  private @Nullable Path key;

  /** Starts without the rest of the command: a lab runs one such process a pod. */
  public static void main(String[] args) {
    int code = new CommandLine(new EchoCommand()).execute(args);
    if (code != 0) {
      System.exit(code);
    }
  }

  @Override
  public Integer call() throws Exception {
    // slf4j and its backend would cost more start-up time than the server.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    EchoServer server = EchoServer.start(options());
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
    System.out.println("echo " + name + " " + version + " listens on " + server.ports());
    server.awaitClosed();
    return 0;
  }

  private EchoOptions options() {
    if (failureRate < 0 || failureRate > 1) {
      throw refused("--failure-rate is a share between 0 and 1, not " + failureRate);
    }
    if (responseSize < 0) {
      throw refused("--response-size cannot be negative");
    }
    for (URI url : forward) {
      if (!"http".equals(url.getScheme()) || url.getHost() == null) {
        throw refused("--forward takes http://host[:port]/path, not " + url);
      }
    }
    if (http.isEmpty()
        && tls.isEmpty()
        && tcp.isEmpty()
        && serverFirst.isEmpty()
        && udp.isEmpty()) {
      http = List.of(8080);
    }
    OptionalLong seeded = seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    return new EchoOptions(
        name,
        version,
        new EchoOptions.Ports(http, tls, tcp, serverFirst, udp),
        new EchoOptions.Behaviour(latency(), failureRate, seeded, responseSize, forward),
        tlsFiles());
  }

  private Duration latency() {
    try {
      return Durations.parse(latency);
    } catch (IllegalArgumentException e) {
      throw refused("--latency: " + e.getMessage());
    }
  }

  private EchoOptions.@Nullable TlsFiles tlsFiles() {
    if (certificate == null && key == null) {
      return null;
    }
    if (certificate == null || key == null) {
      throw refused("--tls-cert and --tls-key belong together");
    }
    return new EchoOptions.TlsFiles(certificate, key);
  }

  private ParameterException refused(String message) {
    return new ParameterException(java.util.Objects.requireNonNull(spec).commandLine(), message);
  }
}
