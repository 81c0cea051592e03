package dev.weft.cli;

import dev.weft.flows.receiver.OtlpReceiver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weft bench-receiver}: takes in a proxy's telemetry, for {@code bench/run}. */
@Command(
    name = "bench-receiver",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "Receive OTLP on loopback until it is stopped.")
final class BenchReceiverCommand implements Callable<Integer> {
  @Option(names = "--port", required = true, paramLabel = "PORT", description = "where it listens")
  private int port;

  @Override
  public Integer call() throws IOException, InterruptedException {
    OtlpReceiver receiver =
        OtlpReceiver.start(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    Runtime.getRuntime().addShutdownHook(new Thread(receiver::close, "shutdown"));
    new CountDownLatch(1).await();
    return 0;
  }
}
