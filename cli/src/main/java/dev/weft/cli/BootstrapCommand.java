package dev.weft.cli;

import dev.weft.controlplane.NodeBootstrap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weft bootstrap}: runs before {@code weft node} on a node of a Kubernetes cluster. */
@Command(
    name = "bootstrap",
    mixinStandardHelpOptions = true,
    description = "Ask the API server what a node process must be told, and write it to files.")
final class BootstrapCommand implements Callable<Integer> {
  @Option(names = "--node", required = true, description = "this node's name")
  private String node = "";

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "Weft's own (default: ${DEFAULT-VALUE})")
  private String namespace = "weft-system";

  @Option(
      names = "--token",
      paramLabel = "FILE",
      required = true,
      description = "where the node process finds its token")
  private Path token = Path.of(".");

  @Option(
      names = "--to",
      paramLabel = "DIR",
      required = true,
      description = "node.properties and ca.crt are written here")
  private Path folder = Path.of(".");

  /** Starts without the other commands, and so sooner. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new BootstrapCommand()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    NodeBootstrap.run(new NodeBootstrap.Order(node, namespace, token, folder));
    return 0;
  }
}
