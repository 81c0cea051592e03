package dev.weft.cli.demo;

import dev.weft.cli.Json;
import dev.weft.cli.LabHolder;
import dev.weft.cli.LabProgress;
import dev.weft.cli.Terminal;
import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabException;
import dev.weft.cli.lab.LabOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weft demo}: a lab from examples/demo, nine acts, a line of evidence each. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Bring a lab up and show what a mesh does, in nine acts. Exit status 1 if one fails.")
public final class DemoCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Option(names = "--exit", description = "end after the last act instead of leaving the lab up")
  private boolean exit;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text or json (default: ${DEFAULT-VALUE})")
  private Format output = Format.text;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "ACT",
      description = "play only these acts, by name")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--manifests",
      paramLabel = "DIR",
      description = "the acts' YAML (default: examples/demo of this project)")
  private @Nullable Path examples;

  /** How to print; the names are what the user writes. */
  enum Format {
    text,
    json
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    List<Act> acts = only.isEmpty() ? Demo.ACTS : only.stream().map(Demo::act).toList();
    Terminal terminal = Terminal.ofThisProcess();
    Path run = LabOptions.DEFAULT_RUN;
    Path work = Files.createTempDirectory("weft-demo");
    LabHolder holder = LabHolder.install(run, work);
    Path manifests = work.resolve("manifests");
    Path scratch = work.resolve("scratch");
    DemoFolder.prepare(examples == null ? DemoPaths.examples() : examples, manifests, scratch);
    Lab lab;
    try {
      lab = holder.up(new LabOptions(manifests, 2, run), new LabProgress(terminal));
    } catch (Lab.RefusedException e) {
      throw new LabException("the demo's own manifests were refused:\n" + e.getMessage(), e);
    }
    List<String> missing = lab.awaitReady(PATIENCE);
    if (!missing.isEmpty()) {
      missing.forEach(line -> terminal.problem("not ready: " + line));
      return 1;
    }
    String ready = terminal.elapsed();
    terminal.progress("lab ready: " + lab.nodes().size() + " nodes");
    boolean ok = play(acts, new Stage(lab, manifests, scratch), terminal, ready);
    if (!exit) {
      terminal.note(
          "the lab stays up: 'weft lab status', 'weft lab exec client-0 -- curl -s http://web/'");
      terminal.note("its YAML is in " + manifests + "; Ctrl-C ends it");
      new CountDownLatch(1).await();
    }
    return ok ? 0 : 1;
  }

  private boolean play(List<Act> acts, Stage stage, Terminal terminal, String ready)
      throws InterruptedException {
    List<Map<String, Object>> reports = new ArrayList<>();
    List<Evidence> all =
        Demo.play(
            acts,
            stage,
            (act, evidence) -> {
              reports.add(Demo.report(act, evidence));
              if (output == Format.text) {
                String line = "%-16s %s".formatted(act.name(), evidence.summary());
                if (evidence.ok()) {
                  terminal.good(line);
                } else {
                  terminal.problem(line);
                }
                evidence.details().forEach(detail -> terminal.note("                 " + detail));
              } else {
                terminal.progress((evidence.ok() ? "ok      " : "failed  ") + act.name());
              }
            });
    boolean ok = all.stream().allMatch(Evidence::ok);
    if (output == Format.json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("ok", ok);
      report.put("lab_ready", ready);
      report.put("acts", reports);
      System.out.println(Json.of(report));
    } else {
      long failed = all.stream().filter(evidence -> !evidence.ok()).count();
      terminal.progress(
          failed == 0
              ? "all " + all.size() + " acts"
              : failed + " of " + all.size() + " acts failed");
    }
    return ok;
  }
}
