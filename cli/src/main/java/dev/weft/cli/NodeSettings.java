package dev.weft.cli;

import dev.weft.cni.CniInstallation;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import dev.weft.node.NodeOptions;
import dev.weft.node.NodeOptions.ControlPlane;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node process's settings by name: {@code weft node} takes each as an option, and all of them
 * from the file that {@code weft bootstrap} writes. What is said on the command line counts.
 */
final class NodeSettings {
  /** A file with any of the others; itself no setting. */
  static final String CONFIG = "config";

  static final String NAME = "name";
  static final String ADDRESS = "address";
  static final String UPLINK = "uplink";
  static final String POD_NETWORK = "pod-network";
  static final String CONTROL_PLANE = "control-plane";
  static final String CONTROL_PLANE_SERVICE = "control-plane-service";
  static final String CONTROL_PLANE_NAME = "control-plane-name";
  static final String TRUST = "trust";
  static final String TOKEN = "token";
  static final String RUN = "run";
  static final String BPF = "bpf";
  static final String CGROUP = "cgroup";
  static final String CNI_BIN = "cni-bin";
  static final String CNI_CONF = "cni-conf";
  static final String CNI_EXCLUSIVE = "cni-exclusive";
  static final String EVENT_LOOPS = "event-loops";

  private static final Map<String, String> DEFAULTS =
      Map.of(RUN, "/run/weft", BPF, "/sys/fs/bpf", CNI_EXCLUSIVE, "true", EVENT_LOOPS, "2");

  private static final Set<String> KNOWN =
      Set.of(
          NAME,
          ADDRESS,
          UPLINK,
          POD_NETWORK,
          CONTROL_PLANE,
          CONTROL_PLANE_SERVICE,
          CONTROL_PLANE_NAME,
          TRUST,
          TOKEN,
          RUN,
          BPF,
          CGROUP,
          CNI_BIN,
          CNI_CONF,
          CNI_EXCLUSIVE,
          EVENT_LOOPS);

  private final Map<String, String> values = new HashMap<>(DEFAULTS);

  /**
   * The settings of a file, and those given besides.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException naming the setting that is missing, unknown or cannot be
   */
  static NodeOptions of(@Nullable Path config, Map<String, String> given) throws IOException {
    Map<String, String> settings = new HashMap<>();
    if (config != null) {
      Properties file = new Properties();
      try (Reader reader = Files.newBufferedReader(config)) {
        file.load(reader);
      }
      file.stringPropertyNames().forEach(key -> settings.put(key, file.getProperty(key)));
    }
    return new NodeSettings().with(settings).with(given).options();
  }

  /**
   * A command line that holds settings only, {@code --name VALUE}; empty for one that needs a
   * parser.
   */
  static Optional<Map<String, String>> plain(String[] arguments) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      given.put(arguments[i].startsWith("--") ? arguments[i].substring(2) : "", arguments[i + 1]);
    }
    boolean plain =
        given.size() * 2 == arguments.length
            && given.keySet().stream().allMatch(key -> KNOWN.contains(key) || key.equals(CONFIG));
    return plain ? Optional.of(given) : Optional.empty();
  }

  /**
   * Takes settings, which count more than those taken before.
   *
   * @throws IllegalArgumentException naming a setting that there is none of
   */
  NodeSettings with(Map<String, String> more) {
    more.keySet().stream()
        .filter(key -> !KNOWN.contains(key))
        .findFirst()
        .ifPresent(
            key -> {
              throw new IllegalArgumentException("there is no setting " + key);
            });
    values.putAll(more);
    return this;
  }

  /**
   * All of them, checked.
   *
   * @throws IllegalArgumentException naming the setting that is missing or cannot be
   */
  NodeOptions options() {
    Ipv4 address = Ipv4.parse(required(ADDRESS));
    Path run = Path.of(required(RUN));
    return new NodeOptions(
        required(NAME),
        address,
        given(UPLINK).orElseGet(() -> uplink(address)),
        Prefix.parse(required(POD_NETWORK)),
        controlPlane(),
        run,
        Path.of(required(BPF)),
        given(CGROUP).map(Path::of),
        cni(run),
        number(EVENT_LOOPS));
  }

  private ControlPlane controlPlane() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (String replica : required(CONTROL_PLANE).split(",", -1)) {
      InetSocketAddress address = HostPort.parse(replica.strip());
      addresses.add(InetSocketAddress.createUnresolved(address.getHostString(), address.getPort()));
    }
    return new ControlPlane(
        addresses,
        given(CONTROL_PLANE_SERVICE),
        given(CONTROL_PLANE_NAME).orElse(addresses.getFirst().getHostString()),
        Path.of(required(TRUST)),
        Path.of(required(TOKEN)));
  }

  private Optional<CniInstallation> cni(Path run) {
    return given(CNI_CONF)
        .map(
            configurations ->
                new CniInstallation(
                    Path.of(required(CNI_BIN)),
                    Path.of(configurations),
                    NodeOptions.attachSocket(run),
                    Boolean.parseBoolean(required(CNI_EXCLUSIVE))));
  }

  /** The device that has the node's address. */
  private static String uplink(Ipv4 address) {
    try {
      NetworkInterface device =
          NetworkInterface.getByInetAddress(InetAddress.getByAddress(address.toBytes()));
      if (device != null) {
        return device.getName();
      }
    } catch (SocketException | UnknownHostException e) {
      throw new IllegalArgumentException("cannot look for the device with " + address, e);
    }
    throw new IllegalArgumentException(
        "no device of this network namespace has the address " + address + ": set " + UPLINK);
  }

  private Optional<String> given(String key) {
    return Optional.ofNullable(values.get(key)).filter(value -> !value.isBlank());
  }

  private String required(String key) {
    return given(key)
        .orElseThrow(() -> new IllegalArgumentException("the setting " + key + " is missing"));
  }

  private int number(String key) {
    try {
      return Integer.parseInt(required(key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " must be a number", e);
    }
  }
}
