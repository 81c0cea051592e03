package dev.weft.flows;

import com.google.protobuf.UInt32Value;
import dev.weft.api.observer.GetFlowsRequest;
import dev.weft.api.observer.GetFlowsResponse;
import dev.weft.api.observer.GetNamespacesRequest;
import dev.weft.api.observer.GetNamespacesResponse;
import dev.weft.api.observer.GetNodesRequest;
import dev.weft.api.observer.GetNodesResponse;
import dev.weft.api.observer.Namespace;
import dev.weft.api.observer.Node;
import dev.weft.api.observer.NodeState;
import dev.weft.api.observer.ObserverGrpc;
import dev.weft.api.observer.ServerStatusRequest;
import dev.weft.api.observer.ServerStatusResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The flow API of a node: Hubble's {@code observer.Observer} and the standard health service, over
 * gRPC without TLS. Everything runs on the thread {@code flow-api}, so that no number of clients
 * takes more than one core.
 */
public final class FlowServer implements AutoCloseable {

  /** Following clients at most; each costs a look at the ring every {@link #PERIOD_MILLIS}. */
  private static final int STREAMS = 64;

  private static final long PERIOD_MILLIS = 50;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int REQUEST_BYTES = 64 << 10;

  /** The name under which Hubble's clients ask for the server's health. */
  private static final String HEALTH = "hubble.server.Observer";

  private final FlowStream.Sender sender;
  private final Clocks clocks;
  private final long startNanos;
  private final ScheduledThreadPoolExecutor thread;
  private final Server server;
  private int streams;

  private FlowServer(InetSocketAddress address, String node, FlowStore flows, Clocks clocks)
      throws IOException {
    this.sender = new FlowStream.Sender(flows, node, version());
    this.clocks = clocks;
    this.startNanos = clocks.monotonicNanos().getAsLong();
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("flow-api").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    thread.setRemoveOnCancelPolicy(true);
    HealthStatusManager health = new HealthStatusManager();
    health.setStatus(HEALTH, ServingStatus.SERVING);
    health.setStatus(ObserverGrpc.SERVICE_NAME, ServingStatus.SERVING);
    server =
        NettyServerBuilder.forAddress(address)
            .executor(thread)
            .maxInboundMessageSize(REQUEST_BYTES)
            .maxConcurrentCallsPerConnection(STREAMS)
            .addService(new Observer())
            .addService(health.getHealthService())
            .build()
            .start();
  }

  /**
   * Serves the flows of a store; port 0 takes a free one.
   *
   * @throws IOException when the address cannot be bound
   */
  public static FlowServer start(
      InetSocketAddress address, String node, FlowStore flows, Clocks clocks) throws IOException {
    return new FlowServer(address, node, flows, clocks);
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    thread.shutdownNow();
  }

  private static String version() {
    return Objects.requireNonNullElse(
        FlowServer.class.getPackage().getImplementationVersion(), "development");
  }

  private long uptimeNanos() {
    return clocks.monotonicNanos().getAsLong() - startNanos;
  }

  /** All calls run on the API's thread. */
  private final class Observer extends ObserverGrpc.ObserverImplBase {

    @Override
    public void getFlows(GetFlowsRequest request, StreamObserver<GetFlowsResponse> responses) {
      if (streams == STREAMS) {
        responses.onError(
            Status.RESOURCE_EXHAUSTED
                .withDescription(STREAMS + " clients read flows already: close one or try later")
                .asRuntimeException());
        return;
      }
      try {
        Predicate<Flow> filter = FlowFilters.of(request, sender.node());
        serve(request, filter, (ServerCallStreamObserver<GetFlowsResponse>) responses);
      } catch (IllegalArgumentException e) {
        responses.onError(
            Status.INVALID_ARGUMENT
                .withDescription(e.getMessage())
                .withCause(e)
                .asRuntimeException());
      }
    }

    @Override
    public void getNodes(GetNodesRequest request, StreamObserver<GetNodesResponse> to) {
      FlowStore store = sender.store();
      to.onNext(
          GetNodesResponse.newBuilder()
              .addNodes(
                  Node.newBuilder()
                      .setName(sender.node())
                      .setVersion(sender.version())
                      .setState(NodeState.NODE_CONNECTED)
                      .setUptimeNs(uptimeNanos())
                      .setNumFlows(store.size())
                      .setMaxFlows(store.capacity())
                      .setSeenFlows(store.seen()))
              .build());
      to.onCompleted();
    }

    @Override
    public void getNamespaces(
        GetNamespacesRequest request, StreamObserver<GetNamespacesResponse> to) {
      TreeSet<String> names = new TreeSet<>();
      for (Flow flow : sender.store().recent()) {
        names.add(flow.source().namespace());
        names.add(flow.destination().namespace());
      }
      names.remove("");
      GetNamespacesResponse.Builder answer = GetNamespacesResponse.newBuilder();
      names.forEach(name -> answer.addNamespaces(Namespace.newBuilder().setNamespace(name)));
      to.onNext(answer.build());
      to.onCompleted();
    }

    @Override
    public void serverStatus(ServerStatusRequest request, StreamObserver<ServerStatusResponse> to) {
      FlowStore store = sender.store();
      to.onNext(
          ServerStatusResponse.newBuilder()
              .setNumFlows(store.size())
              .setMaxFlows(store.capacity())
              .setSeenFlows(store.seen())
              .setUptimeNs(uptimeNanos())
              .setNumConnectedNodes(UInt32Value.of(1))
              .setNumUnavailableNodes(UInt32Value.of(0))
              .setVersion("weft " + sender.version())
              .setFlowsRate(rate(store))
              .build());
      to.onCompleted();
    }

    private void serve(
        GetFlowsRequest request,
        Predicate<Flow> filter,
        ServerCallStreamObserver<GetFlowsResponse> call) {
      FlowStream stream = new FlowStream(sender, request, filter, call);
      streams++;
      Future<?> tick =
          thread.scheduleWithFixedDelay(
              () -> pump(stream), PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
      Runnable end =
          () -> {
            streams--;
            tick.cancel(false);
          };
      call.setOnCancelHandler(end);
      call.setOnCloseHandler(end);
      call.setOnReadyHandler(() -> pump(stream));
      thread.execute(() -> pump(stream));
    }

    private void pump(FlowStream stream) {
      if (stream.pump()) {
        thread.execute(() -> pump(stream));
      }
    }

    /** Flows a second over the last minute, as far as they are kept. */
    private double rate(FlowStore store) {
      long minuteAgo = clocks.epochNanos() - 60 * NANOS_PER_SECOND;
      double seconds = Math.clamp((double) uptimeNanos() / NANOS_PER_SECOND, 1, 60);
      return store.recent().stream().filter(flow -> flow.timeNanos() >= minuteAgo).count()
          / seconds;
    }
  }
}
