package dev.weft.cli.fleet;

import dev.weft.api.v1.Ack;
import dev.weft.api.v1.ConfigurationGrpc;
import dev.weft.api.v1.Hello;
import dev.weft.api.v1.NodeMessage;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A node that acknowledges whatever it is told and keeps none of it. Its callbacks come one at a
 * time, from gRPC's threads.
 */
final class FleetNode implements StreamObserver<Update>, AutoCloseable {
  private final String name;
  private final ManagedChannel channel;
  private final FleetCounts counts;
  private final AtomicReference<@Nullable StreamObserver<NodeMessage>> requests =
      new AtomicReference<>();
  private volatile boolean closed;
  private boolean complete;

  FleetNode(String name, ManagedChannel channel, FleetCounts counts) {
    this.name = name;
    this.channel = channel;
    this.counts = counts;
  }

  /** Says hello, holding nothing. */
  void start() {
    StreamObserver<NodeMessage> out = ConfigurationGrpc.newStub(channel).stream(this);
    requests.set(out);
    out.onNext(NodeMessage.newBuilder().setHello(Hello.newBuilder().setNode(name).build()).build());
  }

  @Override
  public void onNext(Update update) {
    counts.update(update);
    if (complete) {
      for (Resource resource : update.getUpsertedList()) {
        counts.edited(resource);
      }
    } else if (update.getComplete()) {
      complete = true;
      counts.completed();
    }
    StreamObserver<NodeMessage> out = requests.get();
    if (out != null) {
      out.onNext(
          NodeMessage.newBuilder().setAck(Ack.newBuilder().setNonce(update.getNonce())).build());
    }
  }

  @Override
  public void onError(Throwable failure) {
    if (!closed) {
      counts.lost(name, Status.fromThrowable(failure));
    }
  }

  @Override
  public void onCompleted() {
    if (!closed) {
      counts.lost(name, Status.UNAVAILABLE.withDescription("the control plane closed the stream"));
    }
  }

  @Override
  public void close() {
    closed = true;
    channel.shutdownNow();
  }
}
