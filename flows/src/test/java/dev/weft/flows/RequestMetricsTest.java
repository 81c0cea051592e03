package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestMetricsTest {
  private final RequestMetrics metrics = new RequestMetrics(Clocks.system(), 500);

  /** Bounds are inclusive (OTLP, "Histogram"). */
  @ParameterizedTest
  @CsvSource({
    "-5, 0",
    "0, 0",
    "5000000, 0",
    "5000001, 1",
    "10000000, 1",
    "1000000000, 9",
    "9999999999, 13",
    "10000000000, 13",
    "10000000001, 14",
    "9223372036854775807, 14",
  })
  void putsDurationsIntoBuckets(long nanos, int bucket) {
    assertThat(Series.bucket(nanos)).isEqualTo(bucket);
  }

  @Test
  void nothingToTellIsNothingTold() {
    assertThat(metrics.produce(Resource.empty())).isEmpty();
  }

  @Test
  void addsUpWhatEveryLoopCounted() {
    CompletableFuture<?>[] loops =
        IntStream.range(0, 4)
            .mapToObj(_ -> CompletableFuture.runAsync(this::busyLoop))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(loops).join();

    List<HistogramPointData> points =
        points(metrics.produce(Resource.empty()), "http.server.request.duration");
    assertThat(points).hasSize(100);
    assertThat(points).allSatisfy(point -> assertThat(point.getCount()).isEqualTo(4 * 100));
    assertThat(points).allSatisfy(point -> assertThat(point.getSum()).isEqualTo(4 * 100 * 0.002));
  }

  @Test
  void tellsApartWhatDiffers() {
    RequestStart start = Requests.get(Side.INBOUND, "/", null);
    metrics.record(start, Requests.ok());
    metrics.record(start, Requests.end(404, null));
    metrics.record(start, Requests.denied("a/b"));
    metrics.record(start, Requests.end(403, "OTHER"));
    metrics.record(start, Requests.grpcEnd(0));
    metrics.record(start, Requests.grpcEnd(5));
    metrics.record(start, Requests.end(0, null));
    metrics.record(Requests.start(Side.INBOUND, "h2", "GET", "/", null), Requests.ok());
    metrics.record(Requests.start(Side.INBOUND, "h2", "POST", "/", null), Requests.ok());
    metrics.record(Requests.start(Side.GATEWAY, "h2", "POST", "/", null), Requests.ok());
    assertThat(points(metrics.produce(Resource.empty()), "http.server.request.duration"))
        .hasSize(10);
  }

  @Test
  void clientsCannotMakeUpSeries() {
    for (int i = 0; i < 100; i++) {
      RequestStart start = Requests.start(Side.GATEWAY, "http/1.1", "M" + i, "/" + i, null);
      metrics.record(start, Requests.grpcEnd(100 + i));
    }
    assertThat(points(metrics.produce(Resource.empty()), "http.server.request.duration"))
        .singleElement()
        .satisfies(point -> assertThat(point.getCount()).isEqualTo(100));
  }

  private void busyLoop() {
    RequestStart start = Requests.get(Side.INBOUND, "/", null);
    RequestEnd end = Requests.ok();
    for (int i = 0; i < 10_000; i++) {
      metrics.record(Requests.withRoute(start, "HTTPRoute/shop/r" + i % 100 + "/0"), end);
    }
  }

  private static List<HistogramPointData> points(Collection<MetricData> produced, String name) {
    return produced.stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getHistogramData().getPoints().stream())
        .toList();
  }
}
