package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.ConfigurationGrpc;
import dev.weft.api.v1.NodeMessage;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfigClientTest {
  private final ScheduledExecutorService config = Executors.newSingleThreadScheduledExecutor();
  private final FakeControlPlane controlPlane = new FakeControlPlane();
  private final Holder holder = new Holder();
  private Server server;
  private ManagedChannel channel;
  private ConfigClient client;

  @BeforeEach
  void start() throws IOException {
    server = InProcessServerBuilder.forName("cp").addService(controlPlane).build().start();
    channel = InProcessChannelBuilder.forName("cp").build();
    Backoff backoff = new Backoff(Duration.ofMillis(2), Duration.ofMillis(10), new Random(1));
    client = new ConfigClient("n1", () -> channel, holder, config, backoff);
    client.start(() -> {});
    await().until(() -> controlPlane.messages.size() == 1);
  }

  @AfterEach
  void stop() {
    client.close();
    channel.shutdownNow();
    server.shutdownNow();
    config.shutdownNow();
  }

  @Test
  void saysHelloAndAcknowledges() {
    assertThat(controlPlane.messages.get(0).getHello().getNode()).isEqualTo("n1");
    assertThat(controlPlane.messages.get(0).getHello().getAwayList()).containsExactly("n9");

    controlPlane.send(update(7, "service/shop/a", "v1"));

    await().until(() -> controlPlane.messages.size() == 2);
    assertThat(controlPlane.messages.get(1).getAck().getNonce()).isEqualTo(7);
    assertThat(client.complete()).isTrue();
  }

  @Test
  void refusesWithTheReason() {
    holder.refusals =
        List.of(Refusal.newBuilder().setResource("service/shop/a").setReason("no").build());

    controlPlane.send(update(1, "service/shop/a", "v1"));

    await().until(() -> controlPlane.messages.size() == 2);
    assertThat(controlPlane.messages.get(1).getNack().getRefusals(0).getReason()).isEqualTo("no");
  }

  @Test
  void comesBackWithWhatItHolds() {
    controlPlane.send(update(1, "service/shop/a", "v1"));
    await().until(() -> controlPlane.messages.size() == 2);

    controlPlane.fail();

    await().until(() -> controlPlane.messages.size() == 3);
    assertThat(controlPlane.messages.get(2).getHello().getHeldMap())
        .containsExactly(Map.entry("service/shop/a", "v1"));
  }

  @Test
  void startsOverWhenAnUpdateCannotBeApplied() {
    holder.broken = true;
    controlPlane.send(update(1, "service/shop/a", "v1"));

    await().until(() -> controlPlane.messages.size() >= 2);
    assertThat(controlPlane.messages.get(1).hasHello()).isTrue();
    assertThat(client.complete()).isFalse();
  }

  @Test
  void saysThatItLeavesAndKnowsWhenNobodyListens() {
    CompletableFuture<Void> over = leave();
    await().until(() -> controlPlane.messages.size() == 2);
    assertThat(controlPlane.messages.get(1).hasLeaving()).isTrue();
    assertThat(over).isNotDone();

    controlPlane.fail();

    assertThat(over).succeedsWithin(Duration.ofSeconds(10));
    server.shutdownNow();
    await().until(() -> leave().isDone());
  }

  private CompletableFuture<Void> leave() {
    return CompletableFuture.supplyAsync(client::leave, config).join();
  }

  private static Update update(long nonce, String name, String version) {
    return Update.newBuilder()
        .setNonce(nonce)
        .setComplete(true)
        .addUpserted(Resource.newBuilder().setName(name).setVersion(version))
        .build();
  }

  private static final class Holder implements ConfigApplier {
    private final Map<String, String> held = new ConcurrentHashMap<>();
    private volatile List<Refusal> refusals = List.of();
    private volatile boolean broken;

    @Override
    public Map<String, String> held() {
      return held;
    }

    @Override
    public List<String> away() {
      return List.of("n9");
    }

    @Override
    public List<Refusal> apply(Update update) {
      if (broken) {
        throw new IllegalStateException("disk full");
      }
      update.getUpsertedList().forEach(r -> held.put(r.getName(), r.getVersion()));
      return refusals;
    }
  }

  private static final class FakeControlPlane extends ConfigurationGrpc.ConfigurationImplBase {
    private final List<NodeMessage> messages = new CopyOnWriteArrayList<>();
    private volatile @Nullable StreamObserver<Update> out;

    @Override
    public StreamObserver<NodeMessage> stream(StreamObserver<Update> responses) {
      out = responses;
      return new StreamObserver<>() {
        @Override
        public void onNext(NodeMessage message) {
          messages.add(message);
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          responses.onCompleted();
        }
      };
    }

    void send(Update update) {
      Objects.requireNonNull(out).onNext(update);
    }

    void fail() {
      Objects.requireNonNull(out).onError(Status.UNAVAILABLE.asRuntimeException());
    }
  }
}
