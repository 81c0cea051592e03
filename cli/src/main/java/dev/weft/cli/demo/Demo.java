package dev.weft.cli.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** The programme: which acts there are, in which order, and how they went. */
public final class Demo {
  /** All acts; each leaves the stage as it found it, so any may be played alone. */
  public static final List<Act> ACTS =
      List.of(
          new RouteAndSplit(),
          new EditUnderLoad(),
          new RetryAct(),
          new StrictMtls(),
          new PolicyAct(),
          new StaysInKernel(),
          new TraceAct(),
          new GatewayAct(),
          new SurviveAct());

  private Demo() {}

  /** The act with a name. */
  public static Act act(String name) {
    return ACTS.stream()
        .filter(act -> act.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new StageException(
                    "there is no act '"
                        + name
                        + "'; there are "
                        + String.join(", ", ACTS.stream().map(Act::name).toList())));
  }

  /** Plays one act; an act that could not be played has failed. */
  public static Evidence play(Act act, Stage stage) throws InterruptedException {
    try {
      return act.play(stage);
    } catch (StageException e) {
      return new Evidence(false, false, String.valueOf(e.getMessage()), Map.of(), List.of());
    }
  }

  /** Plays several acts, telling each as it ends. */
  public static List<Evidence> play(List<Act> acts, Stage stage, BiConsumer<Act, Evidence> listener)
      throws InterruptedException {
    List<Evidence> all = new ArrayList<>();
    for (Act act : acts) {
      Evidence evidence = play(act, stage);
      listener.accept(act, evidence);
      all.add(evidence);
    }
    return all;
  }

  /** One act's part of the JSON report. */
  public static Map<String, Object> report(Act act, Evidence evidence) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("name", act.name());
    report.put("ok", evidence.ok());
    report.put("summary", evidence.summary());
    report.put("figures", evidence.figures());
    return report;
  }
}
