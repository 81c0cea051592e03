package dev.weft.cli.demo;

import dev.weft.api.flow.Flow;
import dev.weft.api.flow.Verdict;
import dev.weft.api.observer.GetFlowsRequest;
import dev.weft.api.observer.GetFlowsResponse;
import dev.weft.api.observer.ObserverGrpc;
import dev.weft.cli.lab.LabNode;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a node remembers of flows, over the flow API. */
final class FlowLog {
  private static final int PORT = 4244;
  private static final int LATEST = 500;

  private FlowLog() {}

  /** Dropped flows from one address to another, oldest first. */
  static List<Flow> drops(LabNode node, String from, String to) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(node.address() + ":" + PORT, InsecureChannelCredentials.create())
            .build();
    try {
      Iterator<GetFlowsResponse> answers =
          ObserverGrpc.newBlockingStub(channel)
              .withDeadlineAfter(5, TimeUnit.SECONDS)
              .getFlows(GetFlowsRequest.newBuilder().setNumber(LATEST).build());
      List<Flow> found = new ArrayList<>();
      while (answers.hasNext()) {
        Flow flow = answers.next().getFlow();
        if (flow.getVerdict() == Verdict.DROPPED
            && flow.getIP().getSource().equals(from)
            && flow.getIP().getDestination().equals(to)) {
          found.add(flow);
        }
      }
      return found;
    } catch (StatusRuntimeException e) {
      throw new StageException("the flow API of " + node.name() + " failed: " + e.getMessage(), e);
    } finally {
      channel.shutdownNow();
    }
  }

  /** Why a flow was dropped, as Weft names it. */
  @SuppressWarnings("deprecation")
  static String reason(Flow flow) {
    String summary = flow.getSummary();
    return summary.isEmpty() ? flow.getDropReasonDesc().name() : summary.split(":", 2)[0];
  }
}
