package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Reports known requests to the OTLP receiver named by the property {@code weft.otlp}. Run by
 * {@code conformance/otel/run}, which checks what a real collector made of it; never part of the
 * ordinary tests.
 */
class CollectorProbe {
  private static final String CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @Test
  void report() {
    String endpoint =
        Objects.requireNonNull(
            System.getProperty("weft.otlp"),
            "run conformance/otel/run, which sets -Dweft.otlp=host:port");
    TelemetryOptions options =
        TelemetryOptions.of("probe", null, new TelemetrySettings(endpoint, 0));
    try (Telemetry node = Telemetry.start(options, Clocks.system())) {
      RequestStart outbound = Requests.get(Side.OUTBOUND, "/orders/7?secret=1", CALLER);
      RequestObservation client = node.observer().begin(outbound);
      RequestObservation server =
          node.observer().begin(Requests.get(Side.INBOUND, "/orders/7", client.traceparent()));
      server.end(Requests.ok());
      client.end(Requests.retried(2));
      node.observer()
          .begin(Requests.get(Side.INBOUND, "/orders/7", CALLER))
          .end(Requests.denied("shop/only-get"));
      for (int i = 0; i < 10; i++) {
        node.observer().begin(Requests.get(Side.OUTBOUND, "/", null)).end(Requests.ok());
      }
      node.flush().orTimeout(30, TimeUnit.SECONDS).join();
      assertThat(node.health())
          .isEqualTo(
              new TelemetryHealth(
                  endpoint, false, Map.of("traces", 0L, "logs", 0L, "metrics", 0L, "flows", 0L)));
    }
  }
}
