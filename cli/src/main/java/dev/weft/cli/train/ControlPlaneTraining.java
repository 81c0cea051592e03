package dev.weft.cli.train;

import dev.weft.cli.train.Meeting.Event;
import dev.weft.controlplane.ControlPlane;
import dev.weft.controlplane.ControlPlaneOptions;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** A control plane that serves one node. */
public final class ControlPlaneTraining {
  private ControlPlaneTraining() {}

  /** What else is done while it serves. */
  @FunctionalInterface
  interface Beside {
    void run() throws IOException, InterruptedException;
  }

  /** Returns when the node has ended. */
  public static void run(Meeting meeting) throws IOException, InterruptedException {
    run(meeting, () -> {});
  }

  static void run(Meeting meeting, Beside beside) throws IOException, InterruptedException {
    meeting.await(Event.MANIFESTS);
    try (ControlPlane controlPlane =
        ControlPlane.start(
            new ControlPlaneOptions(
                meeting.manifests(),
                meeting.run(),
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                List.of(),
                TrustDomain.parse("cluster.local"),
                List.of(NodeTraining.NODE),
                Duration.ofHours(1)))) {
      meeting.tell(Event.CONTROL_PLANE, controlPlane.port());
      beside.run();
      meeting.await(Event.DONE);
    }
  }
}
