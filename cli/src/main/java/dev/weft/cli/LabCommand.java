package dev.weft.cli;

import dev.weft.cli.lab.Ip;
import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabException;
import dev.weft.cli.lab.LabOptions;
import dev.weft.cli.lab.LabView;
import dev.weft.cli.lab.StatusReport;
import dev.weft.resources.ObjectRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weft lab}: a mesh on this machine. */
@Command(
    name = "lab",
    mixinStandardHelpOptions = true,
    description = "Run a mesh on this machine: nodes and pods are network namespaces.",
    subcommands = {LabUpCommand.class},
    synopsisSubcommandLabel = "COMMAND")
final class LabCommand {

  /** Which lab. */
  static final class Which {
    @Option(
        names = "--run",
        paramLabel = "DIR",
        description = "where the lab keeps its files (default: ${DEFAULT-VALUE})")
    Path run = LabOptions.DEFAULT_RUN;
  }

  @Command(
      name = "down",
      mixinStandardHelpOptions = true,
      description = "End the lab and remove everything it made, also after a crash.")
  int down(@Mixin Which which) {
    LabView.down(which.run);
    return 0;
  }

  @Command(
      name = "exec",
      mixinStandardHelpOptions = true,
      description = "Run a program of this machine inside a pod's network namespace.")
  int exec(
      @Mixin Which which,
      @Parameters(index = "0", paramLabel = "POD", description = "NAME or NAMESPACE/NAME")
          String pod,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "CMD") List<String> command)
      throws IOException, InterruptedException {
    LabView lab = LabView.open(which.run);
    ObjectRef ref = lab.pod(pod);
    List<String> words =
        command.getFirst().equals("--") ? command.subList(1, command.size()) : command;
    ProcessBuilder builder =
        new ProcessBuilder(Ip.insidePod(Lab.namespace(ref.namespace(), ref.name()), words))
            .inheritIO();
    builder.environment().put("PATH", lab.paths().bin() + ":" + System.getenv("PATH"));
    return builder.start().waitFor();
  }

  @Command(
      name = "logs",
      mixinStandardHelpOptions = true,
      description =
          "Show the output of a pod, of a node process (node-1, …) or of the control-plane.")
  int logs(
      @Mixin Which which,
      @Option(names = "-f", description = "go on as more is written") boolean follow,
      @Parameters(paramLabel = "POD|NODE|control-plane") String name)
      throws IOException, InterruptedException {
    LabView lab = LabView.open(which.run);
    List<String> command = new ArrayList<>(List.of("tail", "-n", "+1"));
    if (follow) {
      command.add("-F");
    }
    logFiles(lab, name).forEach(file -> command.add(file.toString()));
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private static List<Path> logFiles(LabView lab, String name) throws IOException {
    Path own = lab.paths().log(name);
    if (Files.exists(own)) {
      return List.of(own);
    }
    ObjectRef pod = lab.pod(name);
    String prefix = pod.namespace() + "_" + pod.name() + "_";
    try (Stream<Path> files = Files.list(lab.paths().logs().resolve("pods"))) {
      List<Path> found =
          files
              .filter(file -> String.valueOf(file.getFileName()).startsWith(prefix))
              .sorted()
              .toList();
      if (found.isEmpty()) {
        throw new LabException(pod + " has written nothing yet");
      }
      return found;
    }
  }

  @Command(
      name = "trace",
      mixinStandardHelpOptions = true,
      description = "List the latest traces that the nodes exported, or show one as a tree.")
  int trace(
      @Mixin Which which,
      @Option(names = "--json", description = "with an id: the tree as JSON") boolean json,
      @Parameters(arity = "0..1", paramLabel = "ID", description = "32 hexadecimal digits")
          @Nullable String id)
      throws IOException, InterruptedException {
    LabView lab = LabView.open(which.run);
    String wanted = id == null ? "" : id.toLowerCase(Locale.ROOT);
    if (!wanted.matches("[0-9a-f]*")) {
      throw new LabException("a trace's id is 32 hexadecimal digits, not '" + id + "'");
    }
    System.out.println(lab.traces(json && !wanted.isEmpty() ? wanted + ".json" : wanted).strip());
    return 0;
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Show pods, services, gateways and routes with their conditions.")
  int status(
      @Mixin Which which,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FORMAT",
              description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
              defaultValue = "text")
          Output output) {
    Map<String, List<Map<String, Object>>> report = StatusReport.of(LabView.open(which.run));
    switch (output) {
      case json -> System.out.println(Json.of(report));
      case yaml -> System.out.print(Yaml.of(report));
      case text -> System.out.print(Tables.of(report));
    }
    return 0;
  }

  /** How to print; the names are what the user writes. */
  enum Output {
    text,
    json,
    yaml
  }

  /** The first line of an error, or its type where it has none. */
  static String message(Throwable error) {
    @Nullable String message = error.getMessage();
    return message == null ? error.getClass().getSimpleName() : message;
  }
}
