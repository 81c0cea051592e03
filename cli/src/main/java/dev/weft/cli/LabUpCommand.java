package dev.weft.cli;

import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabException;
import dev.weft.cli.lab.LabOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weft lab up}: stays in the foreground until Ctrl-C or {@code weft lab down}. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description =
        "Bring a lab up from a folder of Kubernetes YAML; edits take effect while it runs.")
final class LabUpCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Option(
      names = {"-f", "--folder"},
      required = true,
      paramLabel = "DIR",
      description = "folder of YAML files")
  private @Nullable Path folder;

  @Option(names = "--nodes", description = "how many nodes (default: ${DEFAULT-VALUE})")
  private int nodes = 2;

  @Mixin private LabCommand.Which which = new LabCommand.Which();

  @Override
  public Integer call() throws InterruptedException {
    if (folder == null) {
      throw new LabException("give the folder of YAML files with -f");
    }
    Terminal terminal = Terminal.ofThisProcess();
    LabHolder holder = LabHolder.install(which.run, null);
    Lab lab;
    try {
      lab = holder.up(new LabOptions(folder, nodes, which.run), new LabProgress(terminal));
    } catch (Lab.RefusedException e) {
      new LabProgress(terminal).refused(e.refusals());
      return 1;
    }
    List<String> missing = lab.awaitReady(PATIENCE);
    if (lab.isClosed()) {
      return 0;
    }
    if (!missing.isEmpty()) {
      missing.forEach(line -> terminal.problem("not ready: " + line));
      terminal.note("the lab stays up for a look around; Ctrl-C ends it");
    } else {
      terminal.good("ready after " + terminal.elapsed());
      terminal.note(
          "try 'weft lab status', 'weft lab exec POD -- curl -s SERVICE'; Ctrl-C ends the lab");
    }
    new CountDownLatch(1).await();
    return 0;
  }
}
