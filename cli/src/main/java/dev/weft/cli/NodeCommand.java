package dev.weft.cli;

import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import dev.weft.node.NodeOptions;
import dev.weft.node.NodeProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft node}: runs until a signal comes. */
@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    description = "Attach the pods of this node, load the eBPF programs, run the proxy.")
final class NodeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--name", required = true, description = "the node's name in the cluster")
  private String name = "";

  @Option(names = "--address", required = true, description = "the node's underlay address")
  private String address = "";

  @Option(
      names = "--uplink",
      paramLabel = "DEVICE",
      description = "the underlay device (default: ${DEFAULT-VALUE})")
  private String uplink = "eth0";

  @Option(
      names = "--pod-network",
      required = true,
      paramLabel = "CIDR",
      description = "where this node's pods get their addresses from")
  private String podNetwork = "";

  @Option(
      names = "--control-plane",
      required = true,
      paramLabel = "HOST:PORT",
      description = "the configuration server")
  private String controlPlane = "";

  @Option(
      names = "--trust",
      required = true,
      paramLabel = "FILE",
      description = "PEM root that signed the control plane's certificate")
  private Path trust = Path.of(".");

  @Option(
      names = "--token",
      required = true,
      paramLabel = "FILE",
      description = "this node's bearer token")
  private Path token = Path.of(".");

  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "attach socket and last good configuration are kept here")
  private Path run = Path.of(".");

  @Option(
      names = "--bpf",
      paramLabel = "DIR",
      description = "mount point of a BPF file system (default: ${DEFAULT-VALUE})")
  private Path bpf = Path.of("/sys/fs/bpf");

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      description = "threads of the proxy (default: ${DEFAULT-VALUE})")
  private int eventLoops = 2;

  /**
   * Starts without the other commands, which costs a node that comes back a tenth of a second less.
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new NodeCommand()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    NodeProcess process = NodeProcess.start(options());
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  process.close();
                  ended.countDown();
                },
                "shutdown"));
    ended.await();
    return 0;
  }

  private NodeOptions options() {
    try {
      InetSocketAddress server = ControlPlaneCommand.address(controlPlane);
      return new NodeOptions(
          name,
          Ipv4.parse(address),
          uplink,
          Prefix.parse(podNetwork),
          server.getHostString(),
          server.getPort(),
          trust,
          token,
          run,
          bpf,
          eventLoops);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), LabCommand.message(e));
    }
  }
}
