package dev.weft.cli.demo;

import java.time.Duration;

/**
 * Act 3: a backend that fails three times in ten looks healthy through a route with retries, and a
 * budget bounds them.
 */
final class RetryAct implements Act {
  @Override
  public String name() {
    return "retry";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    stage.await(
        Duration.ofSeconds(10), () -> stage.curl(Cast.CLIENT, "http://flaky/").status() == 200);
    long flakyBefore = requestsSeen(stage, Cast.FLAKY);
    LoadReport flaky =
        stage.load(
            Cast.CLIENT, "http://flaky/", "--rate", "200", "--duration", "2s", "--timeout", "30s");
    long flakySeen = requestsSeen(stage, Cast.FLAKY) - flakyBefore - 1;
    long brokenBefore = requestsSeen(stage, Cast.BROKEN);
    LoadReport broken =
        stage.load(
            Cast.CLIENT, "http://broken/", "--rate", "200", "--duration", "2s", "--timeout", "30s");
    long brokenSeen = requestsSeen(stage, Cast.BROKEN) - brokenBefore - 1;
    long retries = flakySeen - flaky.sent();
    long budgeted = brokenSeen - broken.sent();
    Evidence.Notes notes = new Evidence.Notes();
    notes
        .figure("requests", flaky.sent())
        .figure("failed", flaky.failed())
        .figure("tries_seen_by_backend", flakySeen)
        .figure("retries", retries)
        .figure("backend_failure_rate", 0.3)
        .figure("broken_requests", broken.sent())
        .figure("broken_retries", budgeted)
        .figure("budget_retries_per_second", 10);
    notes.expect(flaky.failed() == 0, "requests failed: " + flaky.answers());
    notes.expect(retries > flaky.sent() / 5, "the backend did not fail");
    // Each of the proxy's two loops keeps a budget of its own, and 2 s may touch three seconds of
    // it.
    notes.expect(budgeted > 0 && budgeted <= 2 * 3 * 10, "the budget did not hold");
    notes.expect(broken.failed() == broken.sent(), "a backend that always fails answered");
    return notes.evidence(
        "30 %% of tries fail, %d of %d requests did (%d retries); where all fail, the budget of 10/s a loop allowed %d retries for %d requests"
            .formatted(flaky.failed(), flaky.sent(), retries, budgeted, broken.sent()));
  }

  /**
   * What the workload counted, asked at its own address: this question takes no route, but is
   * counted too.
   */
  private static long requestsSeen(Stage stage, String pod) {
    HttpAnswer answer = stage.curl(Cast.CLIENT, "http://" + stage.address(pod) + ":8080/");
    if (!answer.json().path("requests").isNumber()) {
      throw new StageException(pod + " does not say how many requests it saw: " + answer.brief());
    }
    return answer.json().path("requests").asLong();
  }
}
