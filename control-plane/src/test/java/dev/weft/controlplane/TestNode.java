package dev.weft.controlplane;

import dev.weft.api.v1.Ack;
import dev.weft.api.v1.ConfigurationGrpc;
import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Nack;
import dev.weft.api.v1.NodeMessage;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A node as the control plane sees it: one connection, one stream, answers by hand. */
final class TestNode implements AutoCloseable {
  final ManagedChannel channel;
  final String name;
  final Map<String, String> held;
  private final BlockingQueue<Update> updates = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> ended = new CompletableFuture<>();
  private @Nullable StreamObserver<NodeMessage> out;

  private TestNode(ManagedChannel channel, String name, Map<String, String> held) {
    this.channel = channel;
    this.name = name;
    this.held = new HashMap<>(held);
  }

  static ManagedChannel channel(int port, Path trust, String token) throws Exception {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .sslContext(GrpcSslContexts.forClient().trustManager(trust.toFile()).build())
        .intercept(
            new ClientInterceptor() {
              @Override
              public <Q, A> ClientCall<Q, A> interceptCall(
                  MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return next.newCall(method, options.withCallCredentials(bearer(token)));
              }
            })
        .build();
  }

  static TestNode connect(ManagedChannel channel, String name, Map<String, String> held) {
    return connect(channel, Hello.newBuilder().setNode(name).putAllHeld(held).build());
  }

  static TestNode connect(ManagedChannel channel, Hello hello) {
    TestNode node = new TestNode(channel, hello.getNode(), hello.getHeldMap());
    node.open();
    node.send(NodeMessage.newBuilder().setHello(hello).build());
    return node;
  }

  private void open() {
    out =
        ConfigurationGrpc.newStub(channel).stream(
            new StreamObserver<>() {
              @Override
              public void onNext(Update update) {
                updates.add(update);
              }

              @Override
              public void onError(Throwable failure) {
                ended.complete(Status.fromThrowable(failure));
              }

              @Override
              public void onCompleted() {
                ended.complete(Status.OK);
              }
            });
  }

  void send(NodeMessage message) {
    Objects.requireNonNull(out).onNext(message);
  }

  /** The next update, not answered. */
  Update receive() throws InterruptedException {
    return Objects.requireNonNull(updates.poll(10, TimeUnit.SECONDS), "no update came");
  }

  /** The next update, applied and acknowledged. */
  Update accept() throws InterruptedException {
    Update update = receive();
    apply(update);
    return update;
  }

  /** Updates until one brings the resource, all but that one acknowledged. */
  Update receiveUntil(String resource) throws InterruptedException {
    while (true) {
      Update update = receive();
      if (names(update).contains(resource)) {
        return update;
      }
      apply(update);
    }
  }

  /** Updates until one brings the resource, all acknowledged. */
  void acceptUntil(String resource) throws InterruptedException {
    apply(receiveUntil(resource));
  }

  void apply(Update update) {
    for (Resource resource : update.getUpsertedList()) {
      held.put(resource.getName(), resource.getVersion());
    }
    update.getRemovedList().forEach(held::remove);
    send(NodeMessage.newBuilder().setAck(Ack.newBuilder().setNonce(update.getNonce())).build());
  }

  void refuse(Update update, String resource, String reason) {
    send(
        NodeMessage.newBuilder()
            .setNack(
                Nack.newBuilder()
                    .setNonce(update.getNonce())
                    .addRefusals(Refusal.newBuilder().setResource(resource).setReason(reason)))
            .build());
  }

  boolean idle() {
    return updates.isEmpty();
  }

  Status end() throws Exception {
    return ended.get(10, TimeUnit.SECONDS);
  }

  static List<String> names(Update update) {
    List<String> names = new ArrayList<>();
    update.getUpsertedList().forEach(resource -> names.add(resource.getName()));
    return names;
  }

  /** Ends the stream; the channel stays. */
  void disconnect() throws Exception {
    Objects.requireNonNull(out).onCompleted();
    end();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private static CallCredentials bearer(String token) {
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(
          RequestInfo info, Executor executor, MetadataApplier applier) {
        Metadata headers = new Metadata();
        headers.put(
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        applier.apply(headers);
      }
    };
  }
}
