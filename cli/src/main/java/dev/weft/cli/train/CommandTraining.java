package dev.weft.cli.train;

import dev.weft.cli.demo.DemoFolder;
import dev.weft.cli.echo.EchoOptions;
import dev.weft.cli.echo.EchoServer;
import dev.weft.cli.load.LoadCommand;
import dev.weft.cli.train.Meeting.Event;
import dev.weft.flows.receiver.OtlpReceiver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** The programs around a mesh: what pods run, and what a lab brings. */
public final class CommandTraining {
  private static final InetSocketAddress LOOPBACK =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

  /** Every request is part of a trace. */
  private static final String SAMPLED =
      "traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private CommandTraining() {}

  /**
   * Returns when the node has ended.
   *
   * @param examples manifests for the control plane
   */
  public static void run(Meeting meeting, Path examples) throws IOException, InterruptedException {
    EchoOptions options =
        new EchoOptions(
            "train",
            "v1",
            new EchoOptions.Ports(List.of(0), List.of(), List.of(0), List.of(), List.of()),
            EchoOptions.Behaviour.PLAIN,
            null);
    try (OtlpReceiver telemetry = OtlpReceiver.start(LOOPBACK);
        EchoServer echo = EchoServer.start(options)) {
      DemoFolder.prepare(examples, meeting.manifests(), meeting.folder().resolve("scratch"));
      Files.writeString(meeting.manifests().resolve("train.yaml"), manifest(telemetry.port()));
      meeting.tell(Event.MANIFESTS, telemetry.port());
      int http = port(echo, "http");
      meeting.tell(Event.ECHO, http);
      load("http://127.0.0.1:" + http + "/");
      load("tcp://127.0.0.1:" + port(echo, "tcp"));
      load("http://127.0.0.1:" + meeting.await(Event.PROXY) + "/", "--header", SAMPLED);
      meeting.tell(Event.LOADED, 0);
      meeting.await(Event.DONE);
    }
  }

  private static int port(EchoServer echo, String protocol) {
    return echo.ports().getOrDefault(protocol, List.of()).getFirst();
  }

  private static void load(String url, String... more) {
    List<String> arguments = new ArrayList<>(List.of(url, "--rate", "200", "--duration", "200ms"));
    arguments.addAll(List.of(more));
    int status = new CommandLine(new LoadCommand()).execute(arguments.toArray(String[]::new));
    if (status != 0) {
      throw new IllegalStateException("load ended with " + status + ": " + arguments);
    }
  }

  /**
   * A pod for which the node wants a certificate and has network rules; what a Gateway of the
   * examples needs; where telemetry goes.
   */
  private static String manifest(int telemetry) {
    return """
        apiVersion: v1
        kind: Node
        metadata: {name: %1$s}
        spec: {podCIDR: %2$s}
        status: {addresses: [{type: InternalIP, address: %3$s}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: %4$s, namespace: %5$s, labels: {app: db}}
        spec: {nodeName: %1$s, serviceAccountName: default, containers: [{name: train, image: weft/echo}]}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: weft}
        spec: {controllerName: weft.dev/gateway-controller}
        ---
        apiVersion: weft.dev/v1alpha1
        kind: MeshConfig
        metadata: {name: default}
        spec: {telemetry: {otlpEndpoint: "127.0.0.1:%6$d", samplingRatio: 1.0}}
        """
        .formatted(
            NodeTraining.NODE,
            NodeTraining.POD_NETWORK,
            NodeTraining.ADDRESS,
            NodeTraining.POD,
            NodeTraining.NAMESPACE,
            telemetry);
  }
}
