package dev.weft.cli.demo;

import dev.weft.cli.lab.LabNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** A node's Prometheus endpoint, scraped once (text format 0.0.4). */
record NodeMetrics(List<String> lines) {
  private static final int PORT = 15020;

  static NodeMetrics scrape(LabNode node) throws InterruptedException {
    URI uri = URI.create("http://" + node.address() + ":" + PORT + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new StageException(uri + " answered " + answer.statusCode());
      }
      return new NodeMetrics(answer.body().lines().toList());
    } catch (IOException e) {
      throw new StageException("cannot scrape " + uri + ": " + e.getMessage(), e);
    }
  }

  /** Sum over all series of a metric whose labels hold a text; the metric must be there. */
  double sum(String metric, String labels) {
    List<String> series =
        lines.stream()
            .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
            .toList();
    if (series.isEmpty()) {
      throw new StageException("a node exports no metric " + metric);
    }
    return series.stream()
        .filter(line -> line.contains(labels))
        .mapToDouble(
            line ->
                Double.parseDouble(
                    line.substring(line.lastIndexOf('}') + 1).strip().split(" ", 2)[0]))
        .sum();
  }
}
