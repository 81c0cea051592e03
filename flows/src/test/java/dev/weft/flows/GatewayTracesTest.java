package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Tracing;
import dev.weft.flows.receiver.OtlpReceiver;
import dev.weft.flows.receiver.ReceivedSpan;
import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.RequestTags;
import dev.weft.proxy.observe.Side;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** XTelemetryPolicy: Gateways that tell of their requests in a way of their own. */
class GatewayTracesTest {
  private static final String SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  private static final String UNSAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

  private OtlpReceiver receiver;
  private Telemetry node;

  @BeforeEach
  void start() throws IOException {
    receiver = OtlpReceiver.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    node =
        Telemetry.start(
            TelemetryOptions.of("node-a", null, TelemetrySettings.OFF), Clocks.system());
  }

  @AfterEach
  void stop() {
    node.close();
    receiver.close();
  }

  private static Tracing.Share share(int numerator, int denominator) {
    return Tracing.Share.newBuilder().setNumerator(numerator).setDenominator(denominator).build();
  }

  private static RequestStart start(RequestTags tags, @Nullable String traceparent) {
    RequestStart plain = Requests.get(Side.GATEWAY, "/", traceparent);
    return new RequestStart(
        plain.side(),
        plain.startNanos(),
        plain.protocol(),
        plain.method(),
        plain.scheme(),
        plain.authority(),
        plain.path(),
        plain.route(),
        plain.service(),
        plain.source(),
        plain.traceparent(),
        null,
        plain.userAgent(),
        tags);
  }

  private List<ReceivedSpan> spans(Tracing order, @Nullable String traceparent, int times) {
    node.gateways(Map.of(order, "127.0.0.1:" + receiver.port()));
    for (int i = 0; i < times; i++) {
      node.observer().begin(start(new RequestTags(order), traceparent)).end(Requests.ok());
    }
    node.flush().orTimeout(30, TimeUnit.SECONDS).join();
    return receiver.spans(_ -> true);
  }

  @Test
  void namesServiceAndSpanAndAddsAttributes() {
    Tracing order =
        Tracing.newBuilder()
            .setServiceName("edge")
            .setSpanName("in front")
            .addAttributes(Tracing.Attribute.newBuilder().setName("team").setLiteral("shop"))
            .addAttributes(Tracing.Attribute.newBuilder().setName("tenant").setHeader("x-tenant"))
            .addAttributes(Tracing.Attribute.newBuilder().setName("cache").setHeader("x-cache"))
            .addAttributes(
                Tracing.Attribute.newBuilder()
                    .setName("code")
                    .setAttribute("http.response.status_code"))
            .addAttributes(
                Tracing.Attribute.newBuilder().setName("none").setAttribute("no.such.attribute"))
            .build();
    node.gateways(Map.of(order, "127.0.0.1:" + receiver.port()));
    RequestTags tags = new RequestTags(order);
    tags.take(name -> name.equals("x-tenant") ? "t1" : null);
    RequestObservation request = node.observer().begin(start(tags, null));
    tags.take(name -> name.equals("x-cache") ? "hit" : "other");
    request.end(Requests.ok());
    node.flush().orTimeout(30, TimeUnit.SECONDS).join();

    assertThat(receiver.spans(_ -> true))
        .singleElement()
        .satisfies(
            span -> {
              assertThat(span.name()).isEqualTo("in front");
              assertThat(span.resource()).containsEntry("service.name", "edge");
              assertThat(span.attributes())
                  .containsEntry("team", "shop")
                  .containsEntry("tenant", "t1")
                  .containsEntry("cache", "hit")
                  .containsEntry("code", "200")
                  .doesNotContainKey("none");
            });
  }

  @ParameterizedTest
  @CsvSource({
    // caller, own share, ignores the caller, share of the caller's, spans of 10
    "none,      '',  false, '',  10",
    "none,      0,   false, '',  0",
    "none,      1,   false, '',  10",
    "sampled,   0,   false, '',  10",
    "sampled,   1,   false, 0,   0",
    "sampled,   0,   true,  '',  0",
    "sampled,   1,   true,  '',  10",
    "unsampled, 1,   false, '',  0",
    "unsampled, 1,   true,  '',  10",
  })
  void samples(String caller, String own, boolean ignoring, String parents, int spans) {
    Tracing.Builder order = Tracing.newBuilder().setIgnoreParent(ignoring);
    if (!own.isEmpty()) {
      order.setSampling(share(Integer.parseInt(own), 1));
    }
    if (!parents.isEmpty()) {
      order.setParentSampling(share(Integer.parseInt(parents), 1));
    }
    String traceparent =
        switch (caller) {
          case "sampled" -> SAMPLED;
          case "unsampled" -> UNSAMPLED;
          default -> null;
        };

    assertThat(spans(order.build(), traceparent, 10)).hasSize(spans);
  }

  @Test
  void withoutAReceiverNobodyIsToldAnything() {
    Tracing order = Tracing.newBuilder().setSampling(share(1, 1)).build();
    RequestObservation request = node.observer().begin(start(new RequestTags(order), SAMPLED));

    assertThat(request.traceparent()).isNull();
    request.end(Requests.ok());
  }

  @Test
  void aReceiverThatIsNoLongerNamedGetsWhatWasQueuedAndNoMore() {
    Tracing order = Tracing.newBuilder().setSampling(share(1, 1)).build();
    assertThat(spans(order, null, 3)).hasSize(3);
    node.gateways(Map.of());
    node.observer().begin(start(new RequestTags(order), null)).end(Requests.ok());
    node.flush().orTimeout(30, TimeUnit.SECONDS).join();

    assertThat(receiver.spans(_ -> true)).hasSize(3);
  }
}
