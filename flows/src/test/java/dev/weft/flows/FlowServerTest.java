package dev.weft.flows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.weft.api.flow.DropReason;
import dev.weft.api.flow.EventTypeFilter;
import dev.weft.api.flow.FlowFilter;
import dev.weft.api.flow.FlowType;
import dev.weft.api.flow.TraceObservationPoint;
import dev.weft.api.flow.TrafficDirection;
import dev.weft.api.flow.Verdict;
import dev.weft.api.observer.GetFlowsRequest;
import dev.weft.api.observer.GetFlowsResponse;
import dev.weft.api.observer.GetNamespacesRequest;
import dev.weft.api.observer.GetNodesRequest;
import dev.weft.api.observer.ObserverGrpc;
import dev.weft.api.observer.ServerStatusRequest;
import dev.weft.flows.Flow.Direction;
import dev.weft.flows.Flow.Endpoint;
import dev.weft.flows.Flow.Point;
import dev.weft.flows.Flow.Protocol;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The flow API over a socket, as a client of Hubble's would use it. */
class FlowServerTest {
  private static final int CAPACITY = 16;
  private static final long MIDNIGHT =
      Instant.parse("2026-11-23T00:00:00Z").getEpochSecond() * 1_000_000_000L;

  private final FlowStore store = new FlowStore(CAPACITY, new TelemetryDrops());
  private FlowServer server;
  private ManagedChannel channel;
  private ObserverGrpc.ObserverBlockingStub observer;

  @BeforeEach
  void serve() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    server = FlowServer.start(new InetSocketAddress(loopback, 0), "node-a", store, Clocks.system());
    channel =
        NettyChannelBuilder.forAddress(loopback.getHostAddress(), server.port())
            .usePlaintext()
            .build();
    observer = ObserverGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
  }

  @Test
  void showsADropAsHubbleWould() {
    store.add(drop(8080));
    GetFlowsResponse response = observer.getFlows(GetFlowsRequest.getDefaultInstance()).next();

    assertThat(response.getNodeName()).isEqualTo("node-a");
    dev.weft.api.flow.Flow flow = response.getFlow();
    assertThat(flow.getVerdict()).isEqualTo(Verdict.DROPPED);
    assertThat(flow.getDropReasonDesc()).isEqualTo(DropReason.AUTH_REQUIRED);
    assertThat(flow.getEventType().getType()).isEqualTo(1);
    assertThat(flow.getEventType().getSubType()).isEqualTo(189);
    assertThat(flow.getType()).isEqualTo(FlowType.L3_L4);
    assertThat(flow.getIP().getSource()).isEqualTo("10.244.1.2");
    assertThat(flow.getL4().getTCP().getDestinationPort()).isEqualTo(8080);
    assertThat(flow.getL4().getTCP().getFlags().getSYN()).isTrue();
    assertThat(flow.getL4().getTCP().getFlags().getACK()).isFalse();
    assertThat(flow.getSource().getIdentity()).isEqualTo(256);
    assertThat(flow.getSource().getLabelsList()).containsExactly("k8s:app=web");
    assertThat(flow.getSource().getWorkloads(0).getName()).isEqualTo("web");
    assertThat(flow.getDestination().getPodName()).isEqualTo("orders-1");
    assertThat(flow.getTrafficDirection()).isEqualTo(TrafficDirection.INGRESS);
    assertThat(flow.getTraceObservationPoint()).isEqualTo(TraceObservationPoint.TO_ENDPOINT);
    assertThat(flow.getTime().getSeconds()).isEqualTo(MIDNIGHT / 1_000_000_000L);
    assertThat(flow.getIsReply().getValue()).isFalse();
    assertThat(summary(flow)).isEqualTo("AUTH_REQUIRED: TCP Flags: SYN");
  }

  /** Field numbers are what a stock client relies on, so they are read from the bytes. */
  @Test
  void keepsHubblesFieldNumbers() throws InvalidProtocolBufferException {
    store.add(drop(1));
    ByteString bytes =
        observer.getFlows(GetFlowsRequest.getDefaultInstance()).next().toByteString();
    UnknownFieldSet response = UnknownFieldSet.parseFrom(bytes);
    assertThat(response.asMap()).containsOnlyKeys(1, 1000, 1001);
    UnknownFieldSet flow = parsed(response, 1);
    assertThat(flow.asMap().keySet())
        .contains(1, 2, 3, 5, 6, 8, 9, 10, 11, 19, 22, 24, 25, 26, 34, 41, 100000);
    assertThat(flow.getField(25).getVarintList()).containsExactly(189L);
    assertThat(parsed(flow, 8).asMap()).containsOnlyKeys(2, 3, 4, 5, 6);
    assertThat(parsed(flow, 5).asMap()).containsOnlyKeys(1, 2, 3);
    assertThat(parsed(parsed(flow, 6), 1).asMap()).containsOnlyKeys(1, 2, 3);
  }

  @Test
  void givesTheLastTheFirstOrAll() {
    for (int i = 1; i <= 5; i++) {
      store.add(drop(i));
    }
    assertThat(ports(GetFlowsRequest.newBuilder())).containsExactly(1, 2, 3, 4, 5);
    assertThat(ports(GetFlowsRequest.newBuilder().setNumber(2))).containsExactly(4, 5);
    assertThat(ports(GetFlowsRequest.newBuilder().setNumber(2).setFirst(true)))
        .containsExactly(1, 2);
    assertThat(ports(GetFlowsRequest.newBuilder().setNumber(99))).containsExactly(1, 2, 3, 4, 5);
    assertThat(ports(GetFlowsRequest.newBuilder().setSince(FlowProto.time(MIDNIGHT + 4))))
        .containsExactly(4, 5);
    assertThat(ports(GetFlowsRequest.newBuilder().setUntil(FlowProto.time(MIDNIGHT + 2))))
        .containsExactly(1, 2);
  }

  @Test
  void countsOnlyMatchingFlowsAsTheLast() {
    store.add(drop(1));
    store.add(forwarded(2));
    store.add(drop(3));
    store.add(forwarded(4));
    FlowFilter drops = FlowFilter.newBuilder().addVerdict(Verdict.DROPPED).build();
    assertThat(ports(GetFlowsRequest.newBuilder().setNumber(2).addWhitelist(drops)))
        .containsExactly(1, 3);
    assertThat(ports(GetFlowsRequest.newBuilder().addBlacklist(drops))).containsExactly(2, 4);
  }

  @Test
  void followsFromNowOrFromTheLast() {
    store.add(drop(1));
    store.add(drop(2));
    List<Integer> fresh = follow(GetFlowsRequest.newBuilder());
    List<Integer> withLast = follow(GetFlowsRequest.newBuilder().setNumber(1));
    await().until(() -> withLast.equals(List.of(2)));
    store.add(drop(3));
    await().until(() -> withLast.equals(List.of(2, 3)));
    await().until(() -> fresh.equals(List.of(3)));
  }

  @Test
  void keepsTheLatestWithinItsBounds() {
    for (int i = 1; i <= 100; i++) {
      store.add(drop(i));
    }
    assertThat(ports(GetFlowsRequest.newBuilder())).hasSize(CAPACITY).startsWith(85).endsWith(100);
    assertThat(store.size()).isEqualTo(CAPACITY);
    assertThat(observer.serverStatus(ServerStatusRequest.getDefaultInstance()))
        .satisfies(
            status -> {
              assertThat(status.getNumFlows()).isEqualTo(CAPACITY);
              assertThat(status.getMaxFlows()).isEqualTo(CAPACITY);
              assertThat(status.getSeenFlows()).isEqualTo(100);
              assertThat(status.getNumConnectedNodes().getValue()).isEqualTo(1);
            });
  }

  @Test
  void tellsAReaderWhatItMissed() {
    FlowStreamCall call = new FlowStreamCall();
    FlowStream stream =
        new FlowStream(
            new FlowStream.Sender(store, "node-a", "1"),
            GetFlowsRequest.newBuilder().setFollow(true).build(),
            _ -> true,
            call);
    for (int i = 1; i <= CAPACITY + 3; i++) {
      store.add(drop(i));
    }
    stream.pump();
    assertThat(call.responses.getFirst().getLostEvents().getNumEventsLost()).isEqualTo(3);
    assertThat(call.responses).hasSize(1 + CAPACITY);
  }

  static Stream<Arguments> filters() {
    return Stream.of(
        Arguments.of(FlowFilter.newBuilder().addSourceIp("10.244.1.2"), true),
        Arguments.of(FlowFilter.newBuilder().addSourceIp("10.244.0.0/16"), true),
        Arguments.of(
            FlowFilter.newBuilder().addSourceIp("10.245.0.0/16").addSourceIp("0.0.0.0/0"), true),
        Arguments.of(FlowFilter.newBuilder().addSourceIp("10.244.1.0/31"), false),
        Arguments.of(FlowFilter.newBuilder().addSourceIp("::/0"), false),
        Arguments.of(FlowFilter.newBuilder().addDestinationPod("shop/orders-"), true),
        Arguments.of(FlowFilter.newBuilder().addDestinationPod("shop/"), true),
        Arguments.of(FlowFilter.newBuilder().addDestinationPod("orders-"), false),
        Arguments.of(FlowFilter.newBuilder().addSourceLabel("app=web"), true),
        Arguments.of(FlowFilter.newBuilder().addSourceLabel("k8s:app"), true),
        Arguments.of(FlowFilter.newBuilder().addSourceLabel("app=we"), false),
        Arguments.of(FlowFilter.newBuilder().addSourceLabel("k8s:app=web"), true),
        Arguments.of(FlowFilter.newBuilder().addSourceLabel("cidr:app=web"), false),
        Arguments.of(FlowFilter.newBuilder().addDestinationLabel("reserved:health"), true),
        Arguments.of(FlowFilter.newBuilder().addDestinationPort("8080").addProtocol("tcp"), true),
        Arguments.of(FlowFilter.newBuilder().addProtocol("udp"), false),
        Arguments.of(FlowFilter.newBuilder().addProtocol("http"), false),
        Arguments.of(FlowFilter.newBuilder().addSourceIdentity(256), true),
        Arguments.of(FlowFilter.newBuilder().addSourceIdentity(257), false),
        Arguments.of(
            FlowFilter.newBuilder().addVerdict(Verdict.FORWARDED).addVerdict(Verdict.DROPPED),
            true),
        Arguments.of(FlowFilter.newBuilder().addDropReasonDesc(DropReason.AUTH_REQUIRED), true),
        Arguments.of(FlowFilter.newBuilder().addDropReasonDesc(DropReason.POLICY_DENIED), false),
        Arguments.of(FlowFilter.newBuilder().addTrafficDirection(TrafficDirection.INGRESS), true),
        Arguments.of(
            FlowFilter.newBuilder().addEventType(EventTypeFilter.newBuilder().setType(1)), true),
        Arguments.of(
            FlowFilter.newBuilder().addEventType(EventTypeFilter.newBuilder().setType(129)), false),
        Arguments.of(FlowFilter.newBuilder().addNodeName("node-*"), true),
        Arguments.of(FlowFilter.newBuilder().addNodeName("node-b"), false),
        Arguments.of(FlowFilter.newBuilder().addReply(false), true),
        Arguments.of(FlowFilter.newBuilder().addReply(true), false),
        Arguments.of(FlowFilter.newBuilder().addHttpStatusCode("4+"), false));
  }

  @ParameterizedTest
  @MethodSource("filters")
  void filters(FlowFilter.Builder filter, boolean matches) {
    store.add(drop(8080));
    assertThat(ports(GetFlowsRequest.newBuilder().addWhitelist(filter))).hasSize(matches ? 1 : 0);
  }

  static Stream<FlowFilter> hostile() {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(
                23,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8(".*"))
                    .build())
            .build();
    return Stream.of(
        FlowFilter.newBuilder().setUnknownFields(unknown).build(),
        FlowFilter.newBuilder().addHttpPath("/(orders").build(),
        FlowFilter.newBuilder().addHttpPath("(a".repeat(200)).build(),
        FlowFilter.newBuilder().addSourceIp("localhost").build(),
        FlowFilter.newBuilder().addSourceIp("10.0.0.0/33").build(),
        FlowFilter.newBuilder().addSourceIp("10.0.0.0/-1").build(),
        FlowFilter.newBuilder().addSourcePort("65536").build(),
        FlowFilter.newBuilder().addHttpStatusCode("(a+)+").build(),
        FlowFilter.newBuilder().addSourceLabel("app in (web)").build(),
        FlowFilter.newBuilder().addProtocol("sctp").build(),
        FlowFilter.newBuilder().addAllSourcePod(Collections.nCopies(65, "shop/")).build());
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void refusesFiltersItCannotHonour(FlowFilter filter) {
    GetFlowsRequest request = GetFlowsRequest.newBuilder().addWhitelist(filter).build();
    assertThatThrownBy(() -> observer.getFlows(request).hasNext())
        .isInstanceOf(StatusRuntimeException.class)
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.INVALID_ARGUMENT))
        .satisfies(e -> assertThat(Status.fromThrowable(e).getDescription()).isNotBlank());
  }

  @Test
  void listsNodesAndNamespacesAndIsHealthy() {
    store.add(drop(1));
    assertThat(observer.getNodes(GetNodesRequest.getDefaultInstance()).getNodes(0).getName())
        .isEqualTo("node-a");
    assertThat(
            observer.getNamespaces(GetNamespacesRequest.getDefaultInstance()).getNamespacesList())
        .extracting(namespace -> namespace.getNamespace())
        .containsExactly("shop");
    HealthCheckRequest ask =
        HealthCheckRequest.newBuilder().setService("hubble.server.Observer").build();
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .check(ask)
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void boundsTheNumberOfReaders() {
    GetFlowsRequest follow = GetFlowsRequest.newBuilder().setFollow(true).build();
    List<ManagedChannel> channels = new ArrayList<>();
    List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    try {
      for (int i = 0; i < 65; i++) {
        ManagedChannel own =
            NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
        channels.add(own);
        ObserverGrpc.newStub(own).getFlows(follow, collecting(errors));
      }
      await().until(() -> errors.size() == 1);
      assertThat(Status.fromThrowable(errors.getFirst()).getCode())
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    } finally {
      channels.forEach(ManagedChannel::shutdownNow);
    }
    await()
        .ignoreExceptions()
        .until(() -> !observer.getFlows(GetFlowsRequest.getDefaultInstance()).hasNext());
  }

  private List<Integer> ports(GetFlowsRequest.Builder request) {
    List<Integer> ports = new ArrayList<>();
    observer.getFlows(request.build()).forEachRemaining(response -> ports.add(port(response)));
    return ports;
  }

  private List<Integer> follow(GetFlowsRequest.Builder request) {
    List<Integer> ports = Collections.synchronizedList(new ArrayList<>());
    ObserverGrpc.newStub(channel)
        .getFlows(
            request.setFollow(true).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(GetFlowsResponse response) {
                ports.add(port(response));
              }

              @Override
              public void onError(Throwable error) {
                assertThat(error).hasMessageContaining("shutdownNow");
              }

              @Override
              public void onCompleted() {
                ports.add(-1);
              }
            });
    // The call is on its way when a later one on the same connection is answered.
    assertThat(observer.getNodes(GetNodesRequest.getDefaultInstance()).getNodesCount())
        .isEqualTo(1);
    return ports;
  }

  @Test
  void sumsUpARequest() {
    Flow.Http http = new Flow.Http(403, "DELETE", "/orders/1", "HTTP/1.1", 1_700_000);
    Flow drop = drop(1);
    store.add(
        new Flow(
            drop.timeNanos(),
            Flow.Verdict.DROPPED,
            "DENY_MATCHED",
            Direction.INGRESS,
            Point.TO_PROXY,
            Protocol.TCP,
            0,
            false,
            drop.source(),
            drop.destination(),
            http,
            "4bf92f3577b34da6a3ce929d0e0e4736"));
    dev.weft.api.flow.Flow flow =
        observer.getFlows(GetFlowsRequest.getDefaultInstance()).next().getFlow();
    FlowFilter.Builder path = FlowFilter.newBuilder().addHttpPath("^/orders/[0-9]+$");
    assertThat(ports(GetFlowsRequest.newBuilder().addWhitelist(path))).hasSize(1);
    path.clearHttpPath().addHttpPath("^/cart");
    assertThat(ports(GetFlowsRequest.newBuilder().addWhitelist(path))).isEmpty();
    assertThat(summary(flow)).isEqualTo("DENY_MATCHED: HTTP/1.1 403 2ms (DELETE /orders/1)");
    assertThat(flow.getType()).isEqualTo(FlowType.L7);
    assertThat(flow.getEventType().getType()).isEqualTo(129);
    assertThat(flow.getL7().getHttp().getCode()).isEqualTo(403);
    assertThat(flow.getDropReasonDesc()).isEqualTo(DropReason.POLICY_DENY);
    assertThat(flow.getTraceContext().getParent().getTraceId())
        .isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
  }

  @SuppressWarnings("deprecation") // what Hubble's client shows
  private static String summary(dev.weft.api.flow.Flow flow) {
    return flow.getSummary();
  }

  private static StreamObserver<GetFlowsResponse> collecting(List<Throwable> errors) {
    return new StreamObserver<>() {
      @Override
      public void onNext(GetFlowsResponse response) {}

      @Override
      public void onError(Throwable error) {
        errors.add(error);
      }

      @Override
      public void onCompleted() {}
    };
  }

  private static int port(GetFlowsResponse response) {
    return response.getFlow().getL4().getTCP().getDestinationPort();
  }

  private static UnknownFieldSet parsed(UnknownFieldSet from, int field)
      throws InvalidProtocolBufferException {
    return UnknownFieldSet.parseFrom(from.getField(field).getLengthDelimitedList().getFirst());
  }

  /** A drop whose port and nanoseconds say which it is. */
  private static Flow drop(int number) {
    return flow(number, Flow.Verdict.DROPPED, "AUTH_REQUIRED");
  }

  private static Flow forwarded(int number) {
    return flow(number, Flow.Verdict.FORWARDED, "");
  }

  private static Flow flow(int number, Flow.Verdict verdict, String reason) {
    return new Flow(
        MIDNIGHT + number,
        verdict,
        reason,
        Direction.INGRESS,
        Point.TO_ENDPOINT,
        Protocol.TCP,
        2,
        false,
        new Endpoint("10.244.1.2", 40_000, 256, "shop", "web-1", "web", List.of("k8s:app=web")),
        new Endpoint(
            "10.244.2.3",
            number,
            257,
            "shop",
            "orders-1",
            "orders",
            List.of("k8s:app=orders", "reserved:health")),
        null,
        "");
  }

  /** A call that is always ready. */
  private static final class FlowStreamCall extends ServerCallStreamObserver<GetFlowsResponse> {
    final List<GetFlowsResponse> responses = new ArrayList<>();

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void onNext(GetFlowsResponse response) {
      responses.add(response);
    }

    @Override
    public void onError(Throwable error) {
      throw new AssertionError(error);
    }

    @Override
    public void onCompleted() {
      throw new AssertionError("a following call does not complete");
    }
  }
}
