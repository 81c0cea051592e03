package dev.weft.cli.load;

import dev.weft.cli.Json;
import dev.weft.cli.echo.Durations;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft load}: a fixed rate for a while, then one line of JSON that counts every answer. */
@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    description =
        "Send requests at a fixed rate and count the answers. Tries nothing twice. Ctrl-C ends it "
            + "early, with the report.")
public final class LoadCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "URL",
      description = "http://host[:port]/path, or tcp://host:port for an echo")
  private @Nullable URI url;

  @Option(names = "--rate", description = "requests a second (default: ${DEFAULT-VALUE})")
  private double rate = 100;

  @Option(names = "--duration", description = "for how long (default: ${DEFAULT-VALUE})")
  private String duration = "1s";

  @Option(names = "--connections", description = "at most this many (default: ${DEFAULT-VALUE})")
  private int connections = 16;

  @Option(names = "--method", description = "default: ${DEFAULT-VALUE}")
  private String method = "GET";

  @Option(
      names = {"-H", "--header"},
      paramLabel = "NAME=VALUE",
      description = "sent with every request; repeatable")
  private Map<String, String> headers = new LinkedHashMap<>();

  @Option(
      names = "--timeout",
      description = "until an exchange counts as failed (default: ${DEFAULT-VALUE})")
  private String timeout = "5s";

  @Option(
      names = "--samples",
      description = "print every exchange too: [start in µs since 1970, µs taken, answer, version]")
  private boolean samples;

  /** Starts without the rest of the command. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new LoadCommand()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      EventLoop loop = group.next();
      LoadRun run = new LoadRun(loop, target(loop), rate, duration("--duration", duration));
      CountDownLatch reported = new CountDownLatch(1);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(run, reported), "stop"));
      try {
        System.out.println(Json.of(report(run.start().get())));
      } finally {
        reported.countDown();
      }
      return 0;
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    }
  }

  /** A signal ends the load before its time, and the answers until then are reported as ever. */
  private void stop(LoadRun run, CountDownLatch reported) {
    if (reported.getCount() == 0) {
      return;
    }
    run.stop();
    try {
      reported.await(
          duration("--timeout", timeout).plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private LoadTarget target(EventLoop loop) throws UnknownHostException {
    URI to = url;
    if (to == null || to.getHost() == null || !List.of("http", "tcp").contains(to.getScheme())) {
      throw refused("give http://host[:port]/path or tcp://host:port, not " + to);
    }
    if (rate <= 0 || rate > 100_000 || connections < 1) {
      throw refused("--rate is from 0 to 100000 requests a second, --connections at least 1");
    }
    long patience = duration("--timeout", timeout).toMillis();
    boolean http = to.getScheme().equals("http");
    int port = to.getPort() >= 0 ? to.getPort() : 80;
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(to.getHost()), port);
    return http
        ? new HttpTarget(
            loop,
            new HttpTarget.Request(HttpMethod.valueOf(method), to, headers, patience),
            address,
            connections)
        : new TcpTarget(loop, address, patience);
  }

  private Map<String, Object> report(List<LoadRun.Sample> all) {
    Map<String, Integer> answers = new TreeMap<>();
    Map<String, Integer> versions = new TreeMap<>();
    int failed = 0;
    for (LoadRun.Sample sample : all) {
      answers.merge(sample.answer(), 1, Integer::sum);
      if (!sample.servedBy().isEmpty()) {
        versions.merge(sample.servedBy(), 1, Integer::sum);
      }
      failed += sample.ok() ? 0 : 1;
    }
    long[] took = all.stream().mapToLong(LoadRun.Sample::tookMicros).sorted().toArray();
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("sent", all.size());
    report.put("failed", failed);
    report.put("answers", answers);
    report.put("versions", versions);
    report.put("p50Micros", took[took.length / 2]);
    report.put("p99Micros", took[(int) (took.length * 0.99)]);
    report.put("maxMicros", took[took.length - 1]);
    if (samples) {
      report.put(
          "samples",
          all.stream()
              .map(s -> List.<Object>of(s.atMicros(), s.tookMicros(), s.answer(), s.servedBy()))
              .toList());
    }
    return report;
  }

  private Duration duration(String option, String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw refused(option + ": " + e.getMessage());
    }
  }

  private ParameterException refused(String message) {
    return new ParameterException(java.util.Objects.requireNonNull(spec).commandLine(), message);
  }
}
