package dev.weft.cli;

import dev.weft.node.StandaloneProxy;
import dev.weft.node.StandaloneProxy.Front;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code weft bench-node}: a node's proxy on loopback, for {@code bench/run} and {@code
 * conformance/http/run}.
 */
@Command(
    name = "bench-node",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "Run a node's proxy on loopback ports in front of backends on loopback.")
final class BenchNodeCommand implements Callable<Integer> {
  @Option(names = "--http1", paramLabel = "PORT", description = "in front of the HTTP/1.1 backend")
  private int http1;

  @Option(names = "--grpc", paramLabel = "PORT", description = "in front of the HTTP/2 backend")
  private int grpc;

  @Option(
      names = "--http1-backend",
      paramLabel = "PORT",
      description = "of the HTTP/1.1 backend (default: ${DEFAULT-VALUE})")
  private int http1Backend = 9080;

  @Option(
      names = "--grpc-backend",
      paramLabel = "PORT",
      description = "of the HTTP/2 backend (default: ${DEFAULT-VALUE})")
  private int grpcBackend = 9090;

  @Option(names = "--routes", description = "routes of each service (default: ${DEFAULT-VALUE})")
  private int routes = 1;

  @Option(
      names = "--otlp",
      paramLabel = "HOST:PORT",
      description = "where telemetry goes (default: nowhere)")
  private String otlp = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Front> fronts = new ArrayList<>();
    if (http1 > 0) {
      fronts.add(new Front("http1", http1, http1Backend, false, routes));
    }
    if (grpc > 0) {
      fronts.add(new Front("grpc", grpc, grpcBackend, true, routes));
    }
    StandaloneProxy proxy = StandaloneProxy.start(fronts, otlp);
    Runtime.getRuntime().addShutdownHook(new Thread(proxy::close, "shutdown"));
    new CountDownLatch(1).await();
    return 0;
  }
}
