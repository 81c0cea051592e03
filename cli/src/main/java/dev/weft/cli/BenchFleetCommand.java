package dev.weft.cli;

import dev.weft.cli.fleet.Fleet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code weft bench-fleet}: simulated nodes for {@code bench/scale}. Prints one JSON object a line;
 * each line on standard input asks for the sums, its end ends the fleet.
 */
@Command(
    name = "bench-fleet",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "Connect nodes that exist as configuration streams only to a control plane.")
final class BenchFleetCommand implements Callable<Integer> {
  @Option(names = "--control-plane", required = true, paramLabel = "HOST:PORT")
  private String controlPlane = "";

  @Option(names = "--trust", required = true, description = "PEM of the control plane's root")
  private Path trust = Path.of(".");

  @Option(names = "--tokens", required = true, description = "folder with a token file a node")
  private Path tokens = Path.of(".");

  @Option(names = "--prefix", description = "of the nodes' names (default: ${DEFAULT-VALUE})")
  private String prefix = "node-";

  @Option(names = "--nodes", description = "how many (default: ${DEFAULT-VALUE})")
  private int nodes = 2;

  @Override
  public Integer call() throws IOException {
    List<String> names = IntStream.range(0, nodes).mapToObj(i -> prefix + i).toList();
    try (Fleet fleet =
            Fleet.connect(
                HostPort.parse(controlPlane),
                trust,
                tokens,
                names,
                System::nanoTime,
                BenchFleetCommand::print);
        BufferedReader questions =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      while (questions.readLine() != null) {
        print(fleet.sums());
      }
    }
    return 0;
  }

  private static synchronized void print(Map<String, Object> event) {
    System.out.println(Json.of(event));
  }
}
