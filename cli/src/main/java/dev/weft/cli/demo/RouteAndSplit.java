package dev.weft.cli.demo;

import java.time.Duration;

/**
 * Act 1: an HTTPRoute sends 90 of 100 requests to one version and 10 to the other, and all canaries
 * to the second.
 */
final class RouteAndSplit implements Act {
  private static final double TOLERANCE = 0.02;

  @Override
  public String name() {
    return "route-and-split";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    Evidence.Notes notes = new Evidence.Notes();
    stage.await(
        Duration.ofSeconds(10),
        () ->
            stage
                .curl(Cast.CLIENT, "-H", "x-canary: yes", "http://web/")
                .header("x-version")
                .equals("v2"));
    LoadReport split =
        stage.load(
            Cast.CLIENT,
            "http://web/",
            "--rate",
            "800",
            "--duration",
            "2500ms",
            "--timeout",
            "30s");
    LoadReport canaries =
        stage.load(
            Cast.CLIENT,
            "http://web/",
            "--rate",
            "500",
            "--duration",
            "200ms",
            "-H",
            "x-canary=yes");
    double share = split.share("v2");
    notes
        .figure("requests", split.sent())
        .figure("failed", split.failed() + canaries.failed())
        .figure("v1", split.versions().getOrDefault("v1", 0))
        .figure("v2", split.versions().getOrDefault("v2", 0))
        .figure("v2_share", share)
        .figure("canaries", canaries.sent())
        .figure("canaries_to_v2", canaries.versions().getOrDefault("v2", 0))
        .figure("p99_us", split.p99Micros());
    notes.expect(split.failed() == 0, "requests failed: " + split.answers());
    notes.expect(Math.abs(share - 0.10) <= TOLERANCE, "the split is off");
    notes.expect(canaries.share("v2") == 1.0, "canaries strayed: " + canaries.versions());
    return notes.evidence(
        "90/10 became %.1f/%.1f over %,d requests; %d of %d with x-canary: yes reached v2"
            .formatted(
                100 * (1 - share),
                100 * share,
                split.sent(),
                canaries.versions().getOrDefault("v2", 0),
                canaries.sent()));
  }
}
