package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.v1.Hello;
import dev.weft.api.v1.Leaving;
import dev.weft.api.v1.NodeMessage;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import io.grpc.ManagedChannel;
import io.spiffe.spiffeid.TrustDomain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nodes hear of each other's coming and going, over loopback. */
class TakeoverTest {
  @TempDir Path folder;
  @TempDir Path run;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private ControlPlane controlPlane;

  @BeforeEach
  void start() throws Exception {
    Files.writeString(folder.resolve("n1.yaml"), Yaml.node("n1"));
    Files.writeString(folder.resolve("n2.yaml"), Yaml.node("n2"));
    controlPlane = ControlPlane.start(options());
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    controlPlane.close();
  }

  private ControlPlaneOptions options() {
    return new ControlPlaneOptions(
        folder,
        run,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        List.of(),
        TrustDomain.parse("mesh.test"),
        List.of("n1", "n2"),
        Duration.ofHours(24));
  }

  private TestNode connect(Hello hello) throws Exception {
    Path token = run.resolve("control-plane/tokens").resolve(hello.getNode());
    await().until(() -> Files.exists(token));
    ManagedChannel channel =
        TestNode.channel(
            controlPlane.port(),
            run.resolve("control-plane/ca.pem"),
            Files.readString(token).strip());
    channels.add(channel);
    return TestNode.connect(channel, hello);
  }

  private TestNode connect(String node) throws Exception {
    TestNode connected = connect(Hello.newBuilder().setNode(node).build());
    connected.accept();
    return connected;
  }

  private static List<String> away(TestNode node) throws Exception {
    Update update = node.receiveUntil("away");
    node.apply(update);
    Resource away =
        update.getUpsertedList().stream().filter(Resource::hasAway).findFirst().orElseThrow();
    return away.getAway().getNodesList();
  }

  @Test
  void aKilledNodeIsAwayForTheOthers() throws Exception {
    TestNode one = connect("n1");
    TestNode two = connect("n2");
    assertThat(away(one)).isEmpty();
    two.close();
    assertThat(away(one)).containsExactly("n2");
  }

  @Test
  void aNodeThatLeavesHearsThatItIsAwayAndSoDoTheOthers() throws Exception {
    TestNode one = connect("n1");
    TestNode two = connect("n2");
    assertThat(away(one)).isEmpty();
    assertThat(away(two)).isEmpty();
    two.send(NodeMessage.newBuilder().setLeaving(Leaving.getDefaultInstance()).build());
    assertThat(away(two)).containsExactly("n2");
    assertThat(away(one)).containsExactly("n2");
    two.disconnect();
    assertThat(away(one)).as("still, but it serves nobody any more").containsExactly("n2");
    connect("n2");
    assertThat(away(one)).isEmpty();
  }

  @Test
  void aRestartedControlPlaneTellsNodesNothingNew() throws Exception {
    TestNode one = connect("n1");
    TestNode two = connect("n2");
    assertThat(away(one)).isEmpty();
    two.send(NodeMessage.newBuilder().setLeaving(Leaving.getDefaultInstance()).build());
    assertThat(away(one)).containsExactly("n2");
    two.disconnect();
    assertThat(away(one)).containsExactly("n2");
    Map<String, String> held = Map.copyOf(one.held);

    controlPlane.close();
    controlPlane = ControlPlane.start(options());

    TestNode again =
        connect(Hello.newBuilder().setNode("n1").putAllHeld(held).addAway("n2").build());
    Update nothing = again.accept();
    assertThat(nothing.getUpsertedList()).isEmpty();
    assertThat(nothing.getRemovedList()).isEmpty();
    connect("n2");
    assertThat(away(again)).isEmpty();
  }
}
