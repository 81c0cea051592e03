package dev.weft.cli;

import dev.weft.cli.train.ClusterTraining;
import dev.weft.cli.train.CommandTraining;
import dev.weft.cli.train.ControlPlaneTraining;
import dev.weft.cli.train.Meeting;
import dev.weft.cli.train.NodeTraining;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code weft train}: plays one of four parts, so that a JVM that runs with {@code
 * -XX:AOTCacheOutput} (JEP 514) learns which classes a process of that part loads. Each has a cache
 * of its own, because a JVM loads all of its cache. Three run at once ({@code build/train.sh}) and
 * meet in a folder; the cluster's part takes the control plane's place. They touch nothing but
 * loopback, that folder, and with {@code --bpf} the network namespace they run in.
 */
@Command(
    name = "train",
    hidden = true,
    description = "Do what a process of a mesh does, for an AOT cache.")
final class TrainCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--work", required = true, paramLabel = "DIR", description = "empty; shared")
  private Path work = Path.of(".");

  @Option(
      names = "--bpf",
      paramLabel = "DIR",
      description =
          "a BPF file system; needs root and a network namespace with a device \"uplink\"")
  private @Nullable Path bpf;

  @Parameters(
      index = "0",
      paramLabel = "PART",
      description = "node, control-plane, cluster or weft")
  private String part = "";

  @Parameters(index = "1", paramLabel = "DIR", description = "manifests to translate")
  private Path manifests = Path.of("examples", "demo");

  /** Starts without the other commands: their classes are no part of a node's. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new TrainCommand()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Meeting meeting = Meeting.in(work);
    switch (part) {
      case "node" -> NodeTraining.run(meeting, bpf, NodeMain::options);
      case "control-plane" -> ControlPlaneTraining.run(meeting);
      case "cluster" ->
          ClusterTraining.run(
              meeting,
              new CommandLine(new ControlPlaneCommand())::execute,
              new CommandLine(new BootstrapCommand())::execute);
      case "weft" -> CommandTraining.run(meeting, manifests);
      default ->
          throw new ParameterException(
              Objects.requireNonNull(spec).commandLine(), "there is no part " + part);
    }
    return 0;
  }
}
