package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.node.NodeOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeSettingsTest {
  private final Map<String, String> file =
      new HashMap<>(
          Map.of(
              "name", "n1",
              "address", "127.0.0.1",
              "pod-network", "10.244.1.0/24",
              "control-plane", "10.77.0.11:8443, 10.77.0.12:8443",
              "trust", "/run/weft/bootstrap/ca.pem",
              "token", "/var/run/secrets/weft/token"));

  @Test
  void readsTheFileAndFindsTheUplink() {
    NodeOptions options = new NodeSettings().with(file).options();
    assertThat(options.uplink()).isEqualTo("lo");
    assertThat(options.run()).isEqualTo(Path.of("/run/weft"));
    assertThat(options.bpf()).isEqualTo(Path.of("/sys/fs/bpf"));
    assertThat(options.cni()).isEmpty();
    assertThat(options.cgroup()).isEmpty();
    assertThat(options.controlPlane().addresses())
        .containsExactly(
            InetSocketAddress.createUnresolved("10.77.0.11", 8443),
            InetSocketAddress.createUnresolved("10.77.0.12", 8443));
    assertThat(options.controlPlane().name()).isEqualTo("10.77.0.11");
  }

  @Test
  void letsTheCommandLineCountMore() {
    NodeOptions options =
        new NodeSettings()
            .with(file)
            .with(Map.of("name", "other", "uplink", "eth1", "control-plane-name", "weft"))
            .options();
    assertThat(options.name()).isEqualTo("other");
    assertThat(options.uplink()).isEqualTo("eth1");
    assertThat(options.controlPlane().name()).isEqualTo("weft");
  }

  @Test
  void installsThePluginWhereTheSocketIs() {
    file.putAll(
        Map.of("cni-bin", "/opt/cni/bin", "cni-conf", "/etc/cni/net.d", "run", "/run/elsewhere"));
    NodeOptions options = new NodeSettings().with(file).options();
    assertThat(options.cni().orElseThrow().socket())
        .isEqualTo(Path.of("/run/elsewhere/attach.sock"));
    assertThat(options.cni().orElseThrow().exclusive()).isTrue();
  }

  @Test
  void saysWhatIsMissingOrWrong() {
    assertProblem(Map.of("name", " "), "setting name is missing");
    assertProblem(Map.of("uplnk", "eth0"), "no setting uplnk");
    assertProblem(Map.of("address", "192.0.2.9"), "set uplink");
    assertProblem(Map.of("control-plane", "nowhere"), "HOST:PORT");
    assertProblem(Map.of("cni-conf", "/etc/cni/net.d"), "cni-bin is missing");
    assertProblem(Map.of("event-loops", "two"), "event-loops must be a number");
  }

  @Test
  void readsCommandLinesOfSettingsOnlyItself() {
    assertThat(NodeSettings.plain(new String[] {"--name", "n1", "--config", "/run/node"}))
        .contains(Map.of("name", "n1", "config", "/run/node"));
    assertThat(NodeSettings.plain(new String[] {})).contains(Map.of());
    for (String other : List.of("--help", "--name", "--nme n1", "name n1", "--name n1 --uplink")) {
      assertThat(NodeSettings.plain(other.split(" "))).as(other).isEmpty();
    }
    assertThat(NodeSettings.plain(new String[] {"--name", "a", "--name", "b"})).isEmpty();
  }

  private void assertProblem(Map<String, String> change, String problem) {
    assertThatThrownBy(() -> new NodeSettings().with(file).with(change).options())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }
}
