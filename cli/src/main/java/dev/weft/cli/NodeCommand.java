package dev.weft.cli;

import dev.weft.node.NodeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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

  private final Map<String, String> given = new HashMap<>();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "properties file with any of the options below, named without dashes")
  private @Nullable Path config;

  @Option(names = "--name", description = "the node's name in the cluster")
  void name(String value) {
    given.put(NodeSettings.NAME, value);
  }

  @Option(names = "--address", description = "the node's underlay address")
  void address(String value) {
    given.put(NodeSettings.ADDRESS, value);
  }

  @Option(
      names = "--uplink",
      paramLabel = "DEVICE",
      description = "the underlay device (default: the one with the address)")
  void uplink(String value) {
    given.put(NodeSettings.UPLINK, value);
  }

  @Option(
      names = "--pod-network",
      paramLabel = "CIDR",
      description = "where this node's pods get their addresses from")
  void podNetwork(String value) {
    given.put(NodeSettings.POD_NETWORK, value);
  }

  @Option(
      names = "--control-plane",
      paramLabel = "HOST:PORT,...",
      description = "the configuration server's replicas")
  void controlPlane(String value) {
    given.put(NodeSettings.CONTROL_PLANE, value);
  }

  @Option(
      names = "--control-plane-service",
      paramLabel = "NAMESPACE/NAME",
      description = "the Service whose endpoints are its replicas, for when they move")
  void controlPlaneService(String value) {
    given.put(NodeSettings.CONTROL_PLANE_SERVICE, value);
  }

  @Option(
      names = "--control-plane-name",
      paramLabel = "NAME",
      description = "whom its certificate is for (default: the first replica's host)")
  void controlPlaneName(String value) {
    given.put(NodeSettings.CONTROL_PLANE_NAME, value);
  }

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description = "PEM root that signed the control plane's certificate")
  void trust(String value) {
    given.put(NodeSettings.TRUST, value);
  }

  @Option(names = "--token", paramLabel = "FILE", description = "this node's bearer token")
  void token(String value) {
    given.put(NodeSettings.TOKEN, value);
  }

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "attach socket and last good configuration are kept here (default: /run/weft)")
  void run(String value) {
    given.put(NodeSettings.RUN, value);
  }

  @Option(
      names = "--bpf",
      paramLabel = "DIR",
      description = "mount point of a BPF file system (default: /sys/fs/bpf)")
  void bpf(String value) {
    given.put(NodeSettings.BPF, value);
  }

  @Option(
      names = "--cgroup",
      paramLabel = "DIR",
      description =
          "mount point of the cgroup v2 hierarchy: lets the node's own processes reach Services")
  void cgroup(String value) {
    given.put(NodeSettings.CGROUP, value);
  }

  @Option(
      names = "--cni-bin",
      paramLabel = "DIR",
      description = "where to install the CNI plugin, for example /opt/cni/bin")
  void cniBin(String value) {
    given.put(NodeSettings.CNI_BIN, value);
  }

  @Option(
      names = "--cni-conf",
      paramLabel = "DIR",
      description = "where to configure it when pods can be attached, for example /etc/cni/net.d")
  void cniConf(String value) {
    given.put(NodeSettings.CNI_CONF, value);
  }

  @Option(
      names = "--cni-exclusive",
      paramLabel = "true|false",
      description = "put configurations of other networks aside (default: true)")
  void cniExclusive(boolean value) {
    given.put(NodeSettings.CNI_EXCLUSIVE, Boolean.toString(value));
  }

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      description = "threads of the proxy (default: 2)")
  void eventLoops(int value) {
    given.put(NodeSettings.EVENT_LOOPS, Integer.toString(value));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    NodeMain.run(options());
    return 0;
  }

  private NodeOptions options() throws IOException {
    try {
      return NodeSettings.of(config, given);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), LabCommand.message(e));
    }
  }
}
