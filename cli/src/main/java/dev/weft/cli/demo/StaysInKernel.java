package dev.weft.cli.demo;

import dev.weft.cli.lab.LabNode;

/**
 * Act 6: plain TCP between two pods never meets a proxy: the proxies' connection counters stay
 * where they are.
 */
final class StaysInKernel implements Act {
  private static final String CONNECTIONS = "weft_proxy_connections_total";

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    double before = connections(stage);
    LoadReport report =
        stage.load(Cast.FRONTEND, "tcp://db:5432", "--rate", "500", "--duration", "1s");
    double after = connections(stage);
    Evidence.Notes notes = new Evidence.Notes();
    notes
        .figure("exchanges", report.sent())
        .figure("failed", report.failed())
        .figure("new_tcp_connections", report.sent() / 2)
        .figure("proxy_connections", after - before)
        .figure("p99_us", report.p99Micros());
    notes.expect(report.failed() == 0, "exchanges failed: " + report.answers());
    notes.expect(after == before, "the proxies saw connections");
    return notes.evidence(
        "%d TCP exchanges over the Service's address, half on new connections: the proxies of both nodes saw %.0f of them"
            .formatted(report.sent(), after - before));
  }

  private static double connections(Stage stage) throws InterruptedException {
    double sum = 0;
    for (LabNode node : stage.lab().nodes()) {
      sum += NodeMetrics.scrape(node).sum(CONNECTIONS, "");
    }
    return sum;
  }
}
