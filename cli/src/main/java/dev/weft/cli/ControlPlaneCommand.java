package dev.weft.cli;

import dev.weft.cli.echo.Durations;
import dev.weft.controlplane.ControlPlane;
import dev.weft.controlplane.ControlPlaneOptions;
import dev.weft.resources.Cidr;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
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
        "Translate a cluster's objects for the nodes of a mesh, sign their certificates, write"
            + " statuses.")
final class ControlPlaneCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private @Nullable Place place;

  /** Where it is at home. */
  private static final class Place {
    @ArgGroup(exclusive = false, multiplicity = "1")
    private @Nullable Folder folder;

    @ArgGroup(exclusive = false, multiplicity = "1")
    private @Nullable Cluster cluster;
  }

  /** In the lab. */
  private static final class Folder {
    @Option(names = "--folder", required = true, paramLabel = "DIR", description = "YAML to follow")
    private Path folder = Path.of(".");

    @Option(
        names = "--run",
        required = true,
        paramLabel = "DIR",
        description = "statuses, CA, tokens and identities are kept here")
    private Path run = Path.of(".");

    @Option(
        names = "--node",
        paramLabel = "NAME",
        description = "make this node's token at the start; repeatable")
    private List<String> nodes = new ArrayList<>();
  }

  /** In Kubernetes. */
  private static final class Cluster {
    @Option(
        names = "--kubernetes",
        required = true,
        description = "follow the API server of this pod, or of KUBECONFIG")
    private boolean kubernetes;

    @Option(
        names = "--namespace",
        paramLabel = "NAME",
        description = "Weft's own; CA and identities are kept there (default: weft-system)")
    private String namespace = "weft-system";

    @Option(
        names = "--replica",
        required = true,
        paramLabel = "NAME",
        description = "this replica's name, different from all others'")
    private String replica = "";

    @Option(
        names = "--node-account",
        paramLabel = "NAME",
        description = "service account of the nodes (default: weft-node)")
    private String nodeAccount = "weft-node";

    @Option(
        names = "--health",
        paramLabel = "HOST:PORT",
        description = "where probes ask (default: 0.0.0.0:15022)")
    private String health = "0.0.0.0:15022";
  }

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
      names = "--certificate-life",
      description = "how long a workload's certificate lives (default: ${DEFAULT-VALUE})")
  private String certificateLife = "24h";

  @Option(
      names = "--gateway-addresses",
      paramLabel = "CIDR",
      description = "where Gateways get their addresses from (default: ${DEFAULT-VALUE})")
  private String gatewayAddresses = ControlPlaneOptions.GATEWAY_ADDRESSES.toString();

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
          place(Objects.requireNonNull(place)),
          HostPort.parse(listen),
          names,
          TrustDomain.parse(trustDomain),
          Durations.parse(certificateLife),
          cidr(gatewayAddresses));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), LabCommand.message(e));
    }
  }

  private static ControlPlaneOptions.Place place(Place given) {
    Cluster cluster = given.cluster;
    if (cluster != null && cluster.kubernetes) {
      return new ControlPlaneOptions.Place.Cluster(
          cluster.namespace, cluster.replica, cluster.nodeAccount, HostPort.parse(cluster.health));
    }
    Folder folder = given.folder;
    if (folder == null) {
      throw new IllegalArgumentException("say where the mesh is: --kubernetes, or --folder DIR");
    }
    return new ControlPlaneOptions.Place.Folder(folder.folder, folder.run, folder.nodes);
  }

  private static Cidr cidr(String text) {
    Cidr cidr = Cidr.parse(text);
    if (cidr == null) {
      throw new IllegalArgumentException("'" + text + "' is no CIDR");
    }
    return cidr;
  }
}
