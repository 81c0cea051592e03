package dev.weft.cli.demo;

import java.time.Duration;
import java.util.List;

/**
 * Act 2: weights change while requests run; none fails, and the new split holds within 100 ms of
 * the write.
 */
final class EditUnderLoad implements Act {
  private static final long HOLDS_WITHIN_MICROS = 100_000;

  @Override
  public String name() {
    return "edit-under-load";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    Stage.RunningLoad load =
        stage.startLoad(
            Cast.CLIENT,
            "http://web/",
            "--rate",
            "500",
            "--duration",
            "4s",
            "--timeout",
            "30s",
            "--samples");
    stage.pause(Duration.ofSeconds(2));
    long written =
        stage.edit(
            Cast.WEB_ROUTE,
            text -> text.replace("weight: 90", "weight: 0").replace("weight: 10", "weight: 100"));
    LoadReport report = load.report();
    stage.edit(
        Cast.WEB_ROUTE,
        text -> text.replace("weight: 0}", "weight: 90}").replace("weight: 100}", "weight: 10}"));
    List<LoadReport.Sample> before =
        report.samples().stream().filter(s -> s.atMicros() < written).toList();
    List<LoadReport.Sample> after =
        report.samples().stream().filter(s -> s.atMicros() >= written).toList();
    long lastOld =
        after.stream()
            .filter(s -> s.version().equals("v1"))
            .mapToLong(s -> s.atMicros() - written)
            .max()
            .orElse(0);
    Evidence.Notes notes = new Evidence.Notes();
    notes
        .figure("requests", report.sent())
        .figure("failed", report.failed())
        .figure("rate", 500)
        .figure("requests_before_edit", before.size())
        .figure("requests_after_edit", after.size())
        .figure("new_split_after_ms", lastOld / 1_000.0)
        .figure("p99_us", report.p99Micros());
    notes.expect(report.failed() == 0, "requests failed: " + report.answers());
    notes.expect(before.size() > 100 && after.size() > 100, "the edit did not fall into the load");
    notes.expectInTime(lastOld <= HOLDS_WITHIN_MICROS, "the old split was seen too long");
    return notes.evidence(
        "90/10 → 0/100 at 500 requests/s: %d of %,d failed, last answer of v1 was asked for %.1f ms after the write"
            .formatted(report.failed(), report.sent(), lastOld / 1_000.0));
  }
}
