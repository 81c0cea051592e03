package dev.weft.cli.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Network namespaces, links, addresses and routes through iproute2. Thread-safe: it holds nothing.
 */
public final class Ip {
  private static final Path NAMESPACES = Path.of("/run/netns");

  /** One {@code ip} command, for example {@code ip("link", "show")}. */
  String ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(Arrays.asList(arguments));
    return Commands.run(command, "");
  }

  /**
   * Several commands in one process, all or an error; a batch costs one fork instead of one a line.
   */
  void batch(List<String> lines) {
    Commands.run(List.of("ip", "-batch", "-"), String.join("\n", lines) + "\n");
  }

  /** Several commands inside a namespace. */
  void batch(String namespace, List<String> lines) {
    Commands.run(List.of("ip", "-n", namespace, "-batch", "-"), String.join("\n", lines) + "\n");
  }

  /** Names of all network namespaces that begin with a prefix. */
  List<String> namespaces(String prefix) {
    String[] names = NAMESPACES.toFile().list((dir, name) -> name.startsWith(prefix));
    return names == null ? List.of() : Arrays.stream(names).sorted().toList();
  }

  boolean exists(String namespace) {
    return Files.exists(path(namespace));
  }

  /** File that stands for a namespace. */
  static Path path(String namespace) {
    return NAMESPACES.resolve(namespace);
  }

  /** Processes that run inside a namespace. */
  List<Long> pids(String namespace) {
    if (!exists(namespace)) {
      return List.of();
    }
    Commands.Result result = Commands.attempt(List.of("ip", "netns", "pids", namespace), "");
    return result
        .out()
        .lines()
        .map(String::strip)
        .filter(l -> !l.isEmpty())
        .map(Long::valueOf)
        .toList();
  }

  /**
   * Removes a namespace, and with it every link whose end is inside; one that is gone already is
   * fine.
   */
  void delete(String namespace) {
    if (exists(namespace)) {
      Commands.Result result = Commands.attempt(List.of("ip", "netns", "del", namespace), "");
      if (!result.ok() && exists(namespace)) {
        throw new LabException(
            "cannot remove namespace " + namespace + ": " + result.err().strip());
      }
    }
  }

  /** Removes a link of the machine's own namespace; one that is gone already is fine. */
  void deleteLink(String link) {
    if (Files.exists(Path.of("/sys/class/net", link))) {
      Commands.attempt(List.of("ip", "link", "del", link), "");
    }
  }

  /**
   * The command that runs a pod's program. What every pod depends on does not wait for pods
   * (Kubernetes' system-node-critical): pods give way, however the lab itself was started.
   */
  public static List<String> insidePod(String namespace, List<String> command) {
    List<String> whole = new ArrayList<>(List.of("nice", "-n", "5"));
    whole.addAll(inside(namespace, command));
    return whole;
  }

  /** The command that runs another one inside a namespace. */
  public static List<String> inside(String namespace, List<String> command) {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    whole.addAll(command);
    return whole;
  }
}
