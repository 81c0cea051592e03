package dev.weft.cli.demo;

import dev.weft.cli.lab.LabNode;
import dev.weft.cli.load.ChronoMicros;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Act 9: without control plane everything goes on; without a node process L4 traffic loses nothing,
 * L7 is refused and never bypassed, and comes back within two seconds of the restart.
 */
final class SurviveAct implements Act {
  private static final long BACK_WITHIN_MICROS = 2_000_000;
  private static final String CANARIES_TO_V1 = "{name: web-v1, port: 80}";
  private static final String CANARIES_TO_V2 = "{name: web-v2, port: 80}";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Override
  public String name() {
    return "survive";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    Evidence.Notes notes = new Evidence.Notes();
    withoutControlPlane(stage, notes);
    String outage = withoutNode(stage, notes);
    return notes.evidence(
        "control plane killed: traffic and policy went on, edits too once it was back; node process killed: "
            + outage);
  }

  private static void withoutControlPlane(Stage stage, Evidence.Notes notes)
      throws InterruptedException {
    stage.lab().killControlPlane();
    LoadReport routed = stage.load(Cast.CLIENT, "http://web/", "--rate", "200", "--duration", "1s");
    HttpAnswer refused = stage.curl(Cast.CLIENT, "http://orders/orders");
    stage.lab().startControlPlane();
    boolean edited = takesEdits(stage);
    notes
        .figure("without_control_plane_requests", routed.sent())
        .figure("without_control_plane_failed", routed.failed())
        .figure("without_control_plane_policy", refused.status())
        .figure("edited_after_control_plane_restart", edited);
    notes.expect(
        routed.failed() == 0, "without control plane requests failed: " + routed.answers());
    notes.expect(
        refused.status() == 403, "without control plane the policy answered " + refused.brief());
    notes.expect(edited, "the control plane that was restarted takes no edits");
  }

  /** One fault at a time: the next one waits until edits are obeyed again. */
  private static boolean takesEdits(Stage stage) throws InterruptedException {
    stage.edit(Cast.WEB_ROUTE, text -> text.replace(CANARIES_TO_V2, CANARIES_TO_V1));
    boolean taken = stage.await(PATIENCE, () -> canariesReach(stage, "v1"));
    stage.edit(Cast.WEB_ROUTE, text -> text.replace(CANARIES_TO_V1, CANARIES_TO_V2));
    return taken && stage.await(PATIENCE, () -> canariesReach(stage, "v2"));
  }

  private static boolean canariesReach(Stage stage, String version) {
    return stage
        .curl(Cast.CLIENT, "-H", "x-canary: yes", "http://web/")
        .header("x-version")
        .equals(version);
  }

  private static String withoutNode(Stage stage, Evidence.Notes notes) throws InterruptedException {
    LabNode node = stage.node(1);
    Stage.RunningLoad tcp =
        stage.startLoad(
            Cast.FRONTEND, "tcp://db:5432", "--rate", "100", "--duration", "90s", "--samples");
    Stage.RunningLoad http =
        stage.startLoad(
            Cast.CLIENT,
            "http://web/",
            "--rate",
            "100",
            "--duration",
            "90s",
            "--timeout",
            "1s",
            "--samples");
    stage.pause(Duration.ofSeconds(3));
    stage.lab().killNode(node);
    long killed = ChronoMicros.now();
    stage.pause(Duration.ofSeconds(1));
    long restarted = ChronoMicros.now();
    stage.lab().startNode(node);
    List<String> missing = stage.lab().awaitReady(PATIENCE);
    // The stage as it was: with every certificate back, requests cross between the nodes again.
    boolean whole =
        stage.await(PATIENCE, () -> stage.curl(Cast.CLIENT, "http://frontend/").status() == 200);
    notes.figure("whole_again", whole);
    notes.expect(whole, "the mesh did not become whole again; not ready: " + missing);
    stage.pause(Duration.ofSeconds(1));
    LoadReport l4 = tcp.stop();
    LoadReport l7 = http.stop();
    List<LoadReport.Sample> during =
        l7.samples().stream()
            .filter(s -> s.atMicros() > killed && s.atMicros() < restarted)
            .toList();
    long bypassed = during.stream().filter(LoadReport.Sample::ok).count();
    long back =
        l7.samples().stream()
            .filter(s -> s.atMicros() >= restarted && s.ok())
            .mapToLong(s -> s.atMicros() + s.tookMicros() - restarted)
            .min()
            .orElse(Long.MAX_VALUE);
    long l4During =
        l4.samples().stream()
            .filter(s -> s.atMicros() > killed && s.atMicros() < restarted)
            .count();
    notes
        .figure("l4_exchanges", l4.sent())
        .figure("l4_exchanges_during_outage", l4During)
        .figure("l4_failed", l4.failed())
        .figure("l7_requests_during_outage", during.size())
        .figure("l7_answers_during_outage", answers(during))
        .figure("l7_bypassed", bypassed)
        .figure("l7_back_after_ms", back == Long.MAX_VALUE ? -1 : back / 1_000.0);
    notes.figure(
        "l7_answers_after_restart",
        answers(l7.samples().stream().filter(s -> s.atMicros() >= restarted).toList()));
    notes.expect(l4.failed() == 0 && l4During > 50, "L4 traffic lost " + l4.answers());
    notes.expect(!during.isEmpty() && bypassed == 0, bypassed + " requests bypassed the proxy");
    notes.expect(back != Long.MAX_VALUE, "L7 did not come back");
    notes.expectInTime(back <= BACK_WITHIN_MICROS, "L7 did not come back within 2 s");
    return "%d of %d TCP exchanges lost, %d of %d L7 requests bypassed, L7 back %s after the restart"
        .formatted(
            l4.failed(),
            l4.sent(),
            bypassed,
            during.size(),
            back == Long.MAX_VALUE ? "never" : back / 1_000 + " ms");
  }

  private static Map<String, Long> answers(List<LoadReport.Sample> samples) {
    return samples.stream()
        .collect(
            Collectors.groupingBy(LoadReport.Sample::answer, TreeMap::new, Collectors.counting()));
  }
}
