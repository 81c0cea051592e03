package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.flows.Flow.Direction;
import dev.weft.flows.Flow.Endpoint;
import dev.weft.flows.Flow.Point;
import dev.weft.flows.Flow.Protocol;
import dev.weft.flows.Flow.Verdict;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FlowStoreTest {
  private final TelemetryDrops drops = new TelemetryDrops();

  @Test
  void roundsItsCapacityUp() {
    assertThat(new FlowStore(1, drops).capacity()).isEqualTo(2);
    assertThat(new FlowStore(8192, drops).capacity()).isEqualTo(8192);
    assertThat(new FlowStore(8193, drops).capacity()).isEqualTo(16_384);
  }

  @Test
  void writersDoNotDisturbEachOther() {
    FlowStore store = new FlowStore(1 << 16, drops);
    CompletableFuture<?>[] writers =
        IntStream.range(0, 4)
            .mapToObj(
                writer ->
                    CompletableFuture.runAsync(
                        () ->
                            LongStream.range(0, 10_000)
                                .forEach(i -> store.add(flow(writer * 10_000L + i)))))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(writers).join();
    assertThat(store.seen()).isEqualTo(40_000);
    assertThat(store.recent().stream().mapToLong(Flow::timeNanos).sorted())
        .containsExactlyElementsOf(LongStream.range(0, 40_000).boxed().toList());
  }

  @Test
  void namesTheEndsThatItIsGiven() {
    FlowStore store = new FlowStore(4, drops);
    store.resolveWith(
        end ->
            end.address().equals("10.244.1.2")
                ? new Endpoint(
                    end.address(), end.port(), 256, "shop", "web-1", "web", List.of("k8s:app=web"))
                : end);
    store.add(flow(1));
    assertThat(store.recent().getFirst().source().identity()).isEqualTo(256);
    assertThat(store.recent().getFirst().source().port()).isEqualTo(40_000);
    assertThat(store.recent().getFirst().destination())
        .isEqualTo(Endpoint.unknown("10.244.2.3", 80));
  }

  @Test
  void countsWhatNeverArrived() {
    FlowStore store = new FlowStore(4, drops);
    store.lost(7);
    assertThat(drops.count(TelemetryDrops.Signal.FLOWS)).isEqualTo(7);
    assertThat(store.seen()).isZero();
  }

  private static Flow flow(long nanos) {
    return new Flow(
        nanos,
        Verdict.FORWARDED,
        "",
        Direction.EGRESS,
        Point.FROM_ENDPOINT,
        Protocol.TCP,
        0,
        null,
        Endpoint.unknown("10.244.1.2", 40_000),
        Endpoint.unknown("10.244.2.3", 80),
        null,
        "");
  }
}
