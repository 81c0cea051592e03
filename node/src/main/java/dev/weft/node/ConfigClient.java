package dev.weft.node;

import dev.weft.api.v1.Ack;
import dev.weft.api.v1.ConfigurationGrpc;
import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Leaving;
import dev.weft.api.v1.Nack;
import dev.weft.api.v1.NodeMessage;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Update;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the control plane's configuration stream and comes back after every failure. The node
 * works from what it holds meanwhile. All state is confined to the config thread; gRPC's callbacks
 * only hand over to it.
 */
final class ConfigClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConfigClient.class);

  private final String node;
  private final Supplier<ManagedChannel> channel;
  private final ConfigApplier applier;
  private final ScheduledExecutorService config;
  private final Backoff backoff;

  private @Nullable Session session;
  private boolean closed;
  private volatile boolean complete;
  private @Nullable Runnable whenComplete;

  /**
   * @param channel asked from {@link #start} on
   */
  ConfigClient(
      String node,
      Supplier<ManagedChannel> channel,
      ConfigApplier applier,
      ScheduledExecutorService config,
      Backoff backoff) {
    this.node = node;
    this.channel = channel;
    this.applier = applier;
    this.config = config;
    this.backoff = backoff;
  }

  /**
   * Opens the first stream.
   *
   * @param whenComplete runs once, on the config thread, when the node first holds everything
   */
  void start(Runnable whenComplete) {
    config.execute(
        () -> {
          this.whenComplete = whenComplete;
          connect();
        });
  }

  /**
   * Whether the control plane has said at least once that the node holds everything meant for it.
   */
  boolean complete() {
    return complete;
  }

  private void connect() {
    if (closed) {
      return;
    }
    Session fresh = new Session();
    session = fresh;
    fresh.requests = ConfigurationGrpc.newStub(channel.get()).stream(fresh);
    fresh.send(
        NodeMessage.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setNode(node)
                    .putAllHeld(applier.held())
                    .addAllAway(applier.away()))
            .build());
  }

  private void reconnectLater(Session lost, Status status) {
    if (closed || session != lost) {
      return;
    }
    session = null;
    lost.ended.complete(null);
    long wait = backoff.next().toMillis();
    log.info("configuration stream ended ({}); next try in {} ms", describe(status), wait);
    // Another replica may do better than one that answers so.
    channel.get().enterIdle();
    config.schedule(this::connect, wait, TimeUnit.MILLISECONDS);
  }

  private static String describe(Status status) {
    return status.getDescription() == null
        ? status.getCode().toString()
        : status.getCode() + ": " + status.getDescription();
  }

  private void apply(Session from, Update update) {
    if (session != from) {
      return;
    }
    backoff.reset();
    List<Refusal> refusals = applier.apply(update);
    NodeMessage.Builder answer = NodeMessage.newBuilder();
    if (refusals.isEmpty()) {
      answer.setAck(Ack.newBuilder().setNonce(update.getNonce()));
    } else {
      refusals.forEach(r -> log.warn("refused {}: {}", r.getResource(), r.getReason()));
      answer.setNack(Nack.newBuilder().setNonce(update.getNonce()).addAllRefusals(refusals));
    }
    complete |= update.getComplete();
    from.send(answer.build());
    if (update.getComplete() && whenComplete != null) {
      Runnable now = whenComplete;
      whenComplete = null;
      now.run();
    }
  }

  /**
   * Says that this process ends soon. On the config thread.
   *
   * @return done when nobody hears of it, or no more
   */
  CompletableFuture<Void> leave() {
    Session open = session;
    if (open == null) {
      return CompletableFuture.completedFuture(null);
    }
    open.send(NodeMessage.newBuilder().setLeaving(Leaving.getDefaultInstance()).build());
    return open.ended;
  }

  @Override
  public void close() {
    config.execute(
        () -> {
          closed = true;
          if (session != null && session.requests != null) {
            session.requests.onCompleted();
          }
          session = null;
        });
  }

  /** One stream. */
  private final class Session implements StreamObserver<Update> {
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private @Nullable StreamObserver<NodeMessage> requests;

    private void send(NodeMessage message) {
      if (requests != null) {
        requests.onNext(message);
      }
    }

    @Override
    public void onNext(Update update) {
      config.execute(() -> guarded(update));
    }

    /** A failure while applying must not end the config thread's work: the stream starts over. */
    private void guarded(Update update) {
      try {
        apply(this, update);
      } catch (RuntimeException e) {
        log.error("could not apply update {}; starting over", update.getNonce(), e);
        if (requests != null) {
          requests.onError(
              Status.INTERNAL.withDescription("update not applied").asRuntimeException());
        }
        reconnectLater(this, Status.fromThrowable(e));
      }
    }

    @Override
    public void onError(Throwable t) {
      config.execute(() -> reconnectLater(this, Status.fromThrowable(t)));
    }

    @Override
    public void onCompleted() {
      config.execute(
          () -> reconnectLater(this, Status.OK.withDescription("closed by the control plane")));
    }
  }
}
