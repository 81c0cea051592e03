package dev.weft.cli;

import dev.weft.cli.echo.Durations;
import dev.weft.controlplane.ControlPlane;
import dev.weft.controlplane.ControlPlaneOptions;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft control-plane}: runs until a signal comes. */
@Command(
    name = "control-plane",
    mixinStandardHelpOptions = true,
    description =
        "Translate a folder of YAML for the nodes of a mesh, sign their certificates, write statuses.")
final class ControlPlaneCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--folder", required = true, paramLabel = "DIR", description = "YAML to follow")
  private Path folder = Path.of(".");

  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "statuses, CA, tokens and identities are kept here")
  private Path run = Path.of(".");

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "where nodes connect (default: ${DEFAULT-VALUE})")
  private String listen = "0.0.0.0:" + ControlPlaneOptions.DEFAULT_PORT;

  @Option(
      names = "--server-name",
      paramLabel = "NAME",
      description = "further name or address for the server certificate; repeatable")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--trust-domain",
      paramLabel = "NAME",
      description = "of the mesh's identities (default: ${DEFAULT-VALUE})")
  private String trustDomain = "cluster.local";

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "make this node's token at the start; repeatable")
  private List<String> nodes = new ArrayList<>();

  @Option(
      names = "--certificate-life",
      description = "how long a workload's certificate lives (default: ${DEFAULT-VALUE})")
  private String certificateLife = "24h";

  /** Starts without the other commands, and so sooner. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new ControlPlaneCommand()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    ControlPlane.run(options());
    return 0;
  }

  private ControlPlaneOptions options() {
    try {
      return new ControlPlaneOptions(
          folder,
          run,
          address(listen),
          names,
          TrustDomain.parse(trustDomain),
          nodes,
          Durations.parse(certificateLife));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          java.util.Objects.requireNonNull(spec).commandLine(), LabCommand.message(e));
    }
  }

  /** HOST:PORT. */
  static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon > 0 && port >= 0 && port <= 65_535) {
        return new InetSocketAddress(text.substring(0, colon), port);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not HOST:PORT", e);
    }
    throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
  }
}
