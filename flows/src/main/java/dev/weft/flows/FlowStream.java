package dev.weft.flows;

import dev.weft.api.flow.LostEvent;
import dev.weft.api.flow.LostEventSource;
import dev.weft.api.observer.GetFlowsRequest;
import dev.weft.api.observer.GetFlowsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One GetFlows call: sends as fast as its client takes, from the ring, holding nothing itself. A
 * client that is too slow for the ring is told how many flows it missed. Confined to the API's
 * thread.
 */
final class FlowStream {

  /** Flows looked at in one go before other calls get their turn. */
  private static final int TURN = 4096;

  /** Who sends. */
  record Sender(FlowStore store, String node, String version) {

    GetFlowsResponse response(Flow flow, long sequence) {
      String uuid = new UUID(node.hashCode(), sequence).toString();
      return GetFlowsResponse.newBuilder()
          .setFlow(FlowProto.of(flow, node, uuid, version))
          .setNodeName(node)
          .setTime(FlowProto.time(flow.timeNanos()))
          .build();
    }
  }

  private final Sender sender;
  private final ServerCallStreamObserver<GetFlowsResponse> call;
  private final Predicate<Flow> filter;
  private final boolean follow;
  private final long end;
  private long cursor;
  private long left;
  private boolean done;

  FlowStream(
      Sender sender,
      GetFlowsRequest request,
      Predicate<Flow> filter,
      ServerCallStreamObserver<GetFlowsResponse> call) {
    this.sender = sender;
    this.call = call;
    this.filter = filter;
    this.follow = request.getFollow();
    this.end = sender.store.seen();
    long number = request.getNumber() == 0 ? Long.MAX_VALUE : request.getNumber() & Long.MAX_VALUE;
    this.left = follow ? Long.MAX_VALUE : number;
    this.cursor = start(request, number);
  }

  boolean isDone() {
    return done || call.isCancelled();
  }

  /** Sends what there is; returns whether there is more to do at once. */
  boolean pump() {
    for (int turn = 0; turn < TURN; turn++) {
      if (isDone() || !call.isReady()) {
        return false;
      }
      if (left == 0 || (!follow && cursor >= end)) {
        done = true;
        call.onCompleted();
        return false;
      }
      if (cursor >= sender.store.seen() || !step()) {
        return false;
      }
    }
    return true;
  }

  /** Whether the cursor moved; it does not when the next flow is only being written. */
  private boolean step() {
    Flow flow = sender.store.get(cursor);
    long oldest = sender.store.oldest();
    if (flow != null) {
      send(flow);
      cursor++;
      return true;
    }
    if (cursor < oldest) {
      lost(oldest - cursor);
      cursor = oldest;
      return true;
    }
    return false;
  }

  private void send(Flow flow) {
    if (filter.test(flow)) {
      left--;
      call.onNext(sender.response(flow, cursor));
    }
  }

  private void lost(long flows) {
    call.onNext(
        GetFlowsResponse.newBuilder()
            .setLostEvents(
                LostEvent.newBuilder()
                    .setSource(LostEventSource.HUBBLE_RING_BUFFER)
                    .setNumEventsLost(flows))
            .setNodeName(sender.node)
            .build());
  }

  /**
   * As Hubble: the last {@code number}, the first with "first", all with a time; following alone
   * starts now.
   */
  private long start(GetFlowsRequest request, long number) {
    long oldest = sender.store.oldest();
    if (request.getFirst() || request.hasSince()) {
      return oldest;
    }
    if (request.getNumber() == 0) {
      return follow ? end : oldest;
    }
    long at = end;
    for (long found = 0; at > oldest && found < number; at--) {
      @Nullable Flow flow = sender.store.get(at - 1);
      if (flow != null && filter.test(flow)) {
        found++;
      }
    }
    return at;
  }
}
